interface EnrolProps {
  readonly team: string;
  readonly leastPersons: number;
}

/** Before the first report: how the first machine is enrolled. */
export function EnrolSteps({ team, leastPersons }: EnrolProps) {
  return (
    <section class="welcome" aria-labelledby="enrol">
      <h2 id="enrol">No installation has reported yet</h2>
      <p>
        Once developers have joined, you see here what each class of work costs on each model, and whether it works.
      </p>
      <ol class="steps-list">
        <li>
          Take the link to join that the server has shown at its first start. On its machine this makes another one,
          with a new salt, which stays unknown here:
          <code class="command">routing-policy team enrol --team "{team}" --new-salt</code>
        </li>
        <li>
          In VS Code, each developer runs <strong>Routing Policy: Join a Team</strong> with that link, and agrees to
          what is sent. <strong>Show Exactly What Is Sent</strong> tells them before.
        </li>
        <li>They work as before. {shownWords(leastPersons)}</li>
      </ol>
    </section>
  );
}

function shownWords(leastPersons: number): string {
  return leastPersons === 1
    ? 'Their figures come in within minutes of what they are of.'
    : `Figures that ${leastPersons} people or more had part in are shown from noon (UTC) of the next day on.`;
}

interface WaitingProps {
  readonly leastPersons: number;
  readonly decidedThrough: string | undefined;
}

/** Installations have reported, and nothing of it is shown yet. */
export function Waiting({ leastPersons, decidedThrough }: WaitingProps) {
  return (
    <section class="welcome" aria-labelledby="waiting">
      <h2 id="waiting">Nothing here that can be shown yet</h2>
      {leastPersons === 1 ? (
        <p>
          Installations have reported, and no task of theirs is closed yet: that takes half an hour without a request,
          or a commit.
        </p>
      ) : (
        <>
          <p>
            Installations have reported. A figure is shown once {leastPersons} people or more had part in it, from noon
            (UTC) of the day after; what is of fewer waits for the rest of its week, and is then added to that of other
            teams.
          </p>
          <p class="note">
            {decidedThrough === undefined ? 'No day has been decided yet.' : `Decided up to ${decidedThrough}.`} Where
            you try the server out alone, <code>routing-policy team least-persons 1</code> shows everything as it comes
            in.
          </p>
        </>
      )}
    </section>
  );
}
