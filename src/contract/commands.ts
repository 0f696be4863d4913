/** Every command that the extension contributes: declared once here, written into package.json by `npm run generate`. */
export const commands = {
  'routingPolicy.showMenu': { title: 'Show Menu', palette: true },
  'routingPolicy.explainLastRoute': { title: 'Explain Last Route', palette: true },
  'routingPolicy.overrideRoute': { title: 'Override Route', palette: true },
  'routingPolicy.allowBudget': { title: 'Allow More of a Budget', palette: true },
  'routingPolicy.openPolicy': { title: 'Open Policy', palette: true },
  'routingPolicy.createPolicy': { title: 'Create Policy', palette: true },
  'routingPolicy.showUsage': { title: 'Show Usage', palette: true },
  'routingPolicy.failoverDrill': { title: 'Failover Drill', palette: true },
  'routingPolicy.showProviders': { title: 'Show Providers', palette: true },
  'routingPolicy.addProviderKey': { title: 'Add Provider Key', palette: true },
  'routingPolicy.removeProviderKey': { title: 'Remove Provider Key', palette: true },
  'routingPolicy.findLocalModels': { title: 'Find Local Models', palette: true },
  'routingPolicy.useEditorModels': { title: "Use the Editor's Models", palette: true },
  'routingPolicy.connectClient': { title: 'Connect a Client', palette: true },
  'routingPolicy.showGateway': { title: 'Show Gateway', palette: true },
  'routingPolicy.routeTerminals': { title: 'Route Terminals', palette: true },
  'routingPolicy.joinTeam': { title: 'Join a Team', palette: true },
  'routingPolicy.leaveTeam': { title: 'Leave Team', palette: true },
  'routingPolicy.showWhatIsSent': { title: 'Show Exactly What Is Sent', palette: true },
  'routingPolicy.pauseSync': { title: 'Pause Sync', palette: true },
  'routingPolicy.resumeSync': { title: 'Resume Sync', palette: true },
  'routingPolicy.deleteUnsent': { title: 'Delete What Is Not Sent Yet', palette: true },
  'routingPolicy.setUpChat': { title: 'Set Up Chat', palette: true },
  'routingPolicy.openWalkthrough': { title: 'Open Walkthrough', palette: true },
  'routingPolicy.restartRouter': { title: 'Restart Router', palette: true },
  'routingPolicy.showLog': { title: 'Show Log', palette: true },
} as const satisfies Record<string, { readonly title: string; readonly palette: boolean }>;

export type CommandId = keyof typeof commands;

/** Carried by every ghost text and run by the editor when a person takes it; the router's process answers it. */
export const completionAcceptedCommand = 'routingPolicy.completionAccepted';

/** The kind of webview that the usage panel is: the editor brings it back by this after a reload. */
export const usagePanelType = 'routingPolicy.usage';

export const statusBarItemId = 'routing-policy.route';

/** The vendor of our models in the editor's picker. A request is never sent on to it: that would be a loop. */
export const chatVendor = 'routing-policy';
export const autoModelId = 'auto';
export const autoModelName = 'Routing Policy (auto)';
export const participantId = 'routing-policy.routing';
