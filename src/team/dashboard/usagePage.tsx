import { plain } from '../../panel/figures.ts';
import { hasFigures } from '../figures/atomSource.ts';
import { viewQuery } from '../figures/teamView.ts';
import { readChoices } from '../figures/viewChoices.ts';
import type { Person } from '../services.ts';
import { drawnContent } from './drawnContent.tsx';
import { EnrolSteps, Waiting } from './EnrolSteps.tsx';
import { exportFormats } from './exports.ts';
import { shellPage } from './pageShell.tsx';
import { readStylesheet } from './stylesheet.ts';
import { type PageRequest, type UsagePage, usagePages } from './usagePages.ts';
import { ViewPicker } from './ViewPicker.tsx';

interface PageForPerson extends PageRequest {
  readonly person: Person;
  readonly nonce: string;
}

/** A page of the usage, as HTML. */
export async function usagePage(page: UsagePage, request: PageForPerson): Promise<string> {
  const { world, view, days, person, nonce } = request;
  const { source, policy, hasUsage, decidedThrough } = world;
  const [{ version }, choices, isShown] = await Promise.all([
    readStylesheet(),
    readChoices(source, view),
    hasFigures(source),
  ]);
  const isCoverage = page.path === '/usage/coverage';
  const content = isShown || isCoverage ? await drawnContent(page, request) : undefined;
  const query = viewQuery(view);
  return shellPage(
    { title: page.path === '/' ? 'Usage' : `${page.name}: usage`, nonce, version, person },
    <>
      <header>
        <div>
          <h1>{page.path === '/' ? 'Usage' : page.name}</h1>
          <p class="note">{standingWords(source.leastPersons, decidedThrough, days, policy)}</p>
        </div>
        {content !== undefined && (
          <nav class="exports" aria-label="Exports of what is shown">
            <span class="scope">Export</span>
            {exportFormats.map((format) => (
              <a key={format} href={`/usage/export/${format}${query}`}>
                {exportNames[format]}
              </a>
            ))}
          </nav>
        )}
      </header>
      <nav class="tabs" aria-label="Usage">
        {usagePages.map(({ path, name }) => (
          <a key={path} href={`${path}${query}`} aria-current={path === page.path ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {content === undefined ? undefined : (
        <ViewPicker
          path={page.path}
          view={view}
          days={days}
          choices={isCoverage ? undefined : { teams: world.teams, ...choices }}
        />
      )}
      {content ??
        (hasUsage ? (
          <Waiting leastPersons={source.leastPersons} decidedThrough={decidedThrough} />
        ) : (
          <EnrolSteps team={plain(world.teams[0]?.name ?? 'Team')} leastPersons={source.leastPersons} />
        ))}
    </>,
  );
}

const exportNames = { csv: 'CSV', json: 'JSON', focus: 'FOCUS 1.4' } as const;

function standingWords(
  leastPersons: number,
  decidedThrough: string | undefined,
  { from, to }: PageRequest['days'],
  policy: PageRequest['world']['policy'],
): string {
  const shown =
    leastPersons === 1
      ? 'Shown as it comes in: this server keeps nothing back.'
      : `Nothing of fewer than ${leastPersons} people is shown${decidedThrough === undefined ? '' : `; decided up to ${decidedThrough}`}.`;
  const over =
    policy === undefined ? '' : ` Policy ${plain(policy.name)}, version ${plain(policy.serial)}, lies over it.`;
  return `${from} to ${to}, UTC. ${shown}${over}`;
}
