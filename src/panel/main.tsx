// The panel inside its webview: what it shows is told by the extension, and what the person wants is told to it.
import { render } from 'preact';
import { type PanelRequest, readPanelUpdate } from '../contract/panel.ts';
import { type UsageRange, usualRange } from '../contract/usageRange.ts';
import { Panel, type PanelState } from './components/Panel.tsx';
import type { ReportExtent } from './components/Report.tsx';
import { type KeptState, readKeptState } from './keptState.ts';
import { afterUpdate } from './panelState.ts';
import './panel.css';

interface EditorApi {
  postMessage(message: PanelRequest): void;
  getState(): unknown;
  setState(state: KeptState): void;
}

declare function acquireVsCodeApi(): EditorApi;

const editor = acquireVsCodeApi();
const kept = readKeptState(editor.getState());
let state: PanelState = { range: kept?.range ?? usualRange, isLoading: true, said: '' };
/** Where the page was scrolled to before it was hidden; there is nothing to scroll before the first report. */
let scrollTo = kept?.scroll ?? 0;

/** How long the rest of a report may wait for an idle moment, in milliseconds. */
const LONGEST_WAIT = 200;

function keep(): void {
  editor.setState({ range: state.range, scroll: state.report === undefined ? scrollTo : Math.round(window.scrollY) });
}

function draw(next: PanelState): void {
  const isFirst = state.report === undefined && next.report !== undefined;
  state = next;
  // What is below the window's edge comes once the rest is on the screen; where the page is to be scrolled, it is needed.
  if (isFirst && scrollTo === 0) {
    paint('first look');
    requestAnimationFrame(() => requestIdleCallback(() => paint('all'), { timeout: LONGEST_WAIT }));
    return;
  }
  paint('all');
  if (!isFirst) return;
  window.scrollTo({ top: scrollTo });
  scrollTo = 0;
}

function paint(extent: ReportExtent): void {
  const root = document.getElementById('panel');
  if (root === null) throw new Error('The page of the usage panel has no element "panel".');
  render(
    <Panel
      state={state}
      extent={extent}
      onRange={ask}
      onRefresh={() => editor.postMessage({ type: 'refresh' })}
      onExport={(format) => editor.postMessage({ type: 'export', format })}
      onExplain={(requestId) => editor.postMessage({ type: 'explain', requestId })}
      onOpenPolicy={(ofClass) => editor.postMessage({ type: 'openPolicy', class: ofClass })}
    />,
    root,
  );
}

function ask(range: UsageRange): void {
  draw({ ...state, range, isLoading: true });
  keep();
  editor.postMessage({ type: 'show', range });
}

window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const update = readPanelUpdate(data);
  if (update === undefined) {
    draw({
      ...state,
      isLoading: false,
      failure: 'The router sent a report that this panel cannot read. Reload the window.',
    });
    return;
  }
  draw(afterUpdate(state, update));
});
window.addEventListener('scroll', keep, { passive: true });

ask(state.range);
