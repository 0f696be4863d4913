import type { VNode } from 'preact';
import type { TeamView } from '../figures/teamView.ts';
import type { TeamServices } from '../services.ts';
import { changesPage } from './pages/changesPage.tsx';
import { coveragePage } from './pages/coveragePage.tsx';
import { latencyPage } from './pages/latencyPage.tsx';
import { overviewPage } from './pages/overviewPage.tsx';
import { policyPage } from './pages/policyPage.tsx';
import { spendPage } from './pages/spendPage.tsx';
import { suppliersPage } from './pages/suppliersPage.tsx';
import { trendsPage } from './pages/trendsPage.tsx';
import { troublePage } from './pages/troublePage.tsx';
import type { DashboardWorld } from './world.ts';

/** What a page is made for. */
export interface PageRequest {
  readonly services: TeamServices;
  readonly world: DashboardWorld;
  readonly view: TeamView;
  /** Of the view, both included. */
  readonly days: { readonly from: string; readonly to: string };
  /** What else is in the address. */
  readonly parameters: URLSearchParams;
}

/** One page of the usage. */
export interface UsagePage {
  readonly path: string;
  readonly name: string;
  /** Whether it shows more than what is published, the policy and the teams: bills, budgets, what is reported day by day. */
  readonly isLive?: true;
  readonly content: (request: PageRequest) => Promise<VNode>;
}

export const usagePages: readonly UsagePage[] = [
  { path: '/', name: 'Overview', content: overviewPage },
  { path: '/usage/trends', name: 'Trends', content: trendsPage },
  { path: '/usage/spend', name: 'Budgets and labels', isLive: true, content: spendPage },
  { path: '/usage/suppliers', name: 'Suppliers', content: suppliersPage },
  { path: '/usage/latency', name: 'Latency', content: latencyPage },
  { path: '/usage/trouble', name: 'Trouble', content: troublePage },
  { path: '/usage/changes', name: 'Changes', content: changesPage },
  { path: '/usage/policy', name: 'Before and after', content: policyPage },
  { path: '/usage/coverage', name: 'Coverage', isLive: true, content: coveragePage },
];
