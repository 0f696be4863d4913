import { sql } from 'kysely';
import { findModel } from '../../models/catalogue.ts';
import { overlayOf } from '../../router/usageReport/overlay.ts';
import { partsOf, type ReportWorld } from '../../router/usageReport/reportWorld.ts';
import type { HeatOverlay } from '../../usage/report/heatTable.ts';
import type { FigureSource } from '../figures/atomSource.ts';
import { leastPersonsOf, SHOWS_EVERYONE } from '../figures/leastPersons.ts';
import { type OrgPolicy, ownClass, readOrgPolicy } from '../figures/orgPolicy.ts';
import { listTeams, type Team } from '../organisation.ts';
import type { TeamServices } from '../services.ts';

/** What every page knows of an organisation beside the figures themselves. */
export interface DashboardWorld {
  readonly source: FigureSource;
  readonly teams: readonly Team[];
  /** Given out by this server; undefined: none is. */
  readonly policy: OrgPolicy | undefined;
  /** The policy for a report. */
  readonly report: ReportWorld;
  readonly overlay: HeatOverlay;
  /** How far figures are decided, `2026-11-22`; undefined: no day is, or all are shown as they come in. */
  readonly decidedThrough: string | undefined;
  /** Whether any installation has ever reported. */
  readonly hasUsage: boolean;
}

export async function worldOf(services: TeamServices, orgId: number): Promise<DashboardWorld> {
  const { database } = services;
  const now = services.now();
  const [leastPersons, teams, policy, standing] = await Promise.all([
    leastPersonsOf(database, orgId),
    listTeams(database, orgId),
    readOrgPolicy(database, orgId, now),
    readStanding(services, orgId),
  ]);
  const report: ReportWorld = {
    now,
    policy: policy?.inForce,
    repository: undefined,
    price: () => undefined,
    makerOf: (model) => findModel(model)?.maker,
  };
  const overlay = overlayOf(report);
  return {
    source: {
      database,
      orgId,
      now,
      leastPersons,
      published: leastPersons === SHOWS_EVERYONE ? undefined : standing.published,
    },
    teams,
    policy,
    report,
    overlay: policy === undefined ? overlay : underOwnNames(overlay, policy),
    decidedThrough: standing.decided ?? undefined,
    hasUsage: standing.used,
  };
}

function underOwnNames(overlay: HeatOverlay, policy: OrgPolicy): HeatOverlay {
  return {
    ...overlay,
    routeOf: (ofClass) => overlay.routeOf(ownClass(policy, ofClass)),
    passFloorOf: (ofClass) => overlay.passFloorOf(ownClass(policy, ofClass)),
  };
}

interface Standing {
  readonly decided: string | null;
  readonly published: string;
  readonly used: boolean;
}

async function readStanding({ database }: TeamServices, orgId: number): Promise<Standing> {
  const { rows } = await sql<Standing>`
    SELECT max(decided_through)::text AS decided,
      coalesce(md5(string_agg(version::text, ' ' ORDER BY week)), '') AS published,
      EXISTS (SELECT FROM attempt_rollups WHERE org_id = ${orgId}) AS used
    FROM figure_weeks WHERE org_id = ${orgId}`.execute(database);
  return rows[0] ?? { decided: null, published: '', used: false };
}

/** Who made a target's model; undefined: not in the catalogue. */
export function makerOfTarget({ report }: Pick<DashboardWorld, 'report'>, target: string): string | undefined {
  return report.makerOf(partsOf(target).model);
}
