import { z } from 'zod';
import { chatVendor, commands, participantId, usagePanelType } from '../src/contract/commands.ts';
import { type SettingDefinition, settings } from '../src/contract/settings.ts';
import { providersSettingSchema } from '../src/providers/settings.ts';

/** What people read of the manifest, by key, for `package.nls.json`. */
type Texts = Record<string, string>;

const walkthroughSteps: readonly {
  id: string;
  title: string;
  description: string;
  media: string;
  completionEvents: string[];
}[] = [
  {
    id: 'policy',
    title: 'Write down where work goes',
    description:
      'One file, .routing-policy.json, says which model serves which class of work and what may never be.\n[Create Policy](command:routingPolicy.createPolicy)',
    media: 'media/walkthrough/policy.md',
    completionEvents: ['onCommand:routingPolicy.createPolicy', 'onCommand:routingPolicy.openPolicy'],
  },
  {
    id: 'providers',
    title: 'Make a provider reachable',
    description:
      'Add a key, use models that the editor already has, or find a model server on this machine.\n[Add Provider Key](command:routingPolicy.addProviderKey)\n[Use the Editor’s Models](command:routingPolicy.useEditorModels)\n[Find Local Models](command:routingPolicy.findLocalModels)',
    media: 'media/walkthrough/providers.md',
    completionEvents: [
      'onCommand:routingPolicy.addProviderKey',
      'onCommand:routingPolicy.useEditorModels',
      'onCommand:routingPolicy.findLocalModels',
    ],
  },
  {
    id: 'chat',
    title: 'Route the chat',
    description:
      'Choose "Routing Policy (auto)" as the chat’s model. No GitHub account is needed.\n[Set Up Chat](command:routingPolicy.setUpChat)',
    media: 'media/walkthrough/chat.md',
    completionEvents: ['onCommand:routingPolicy.setUpChat'],
  },
  {
    id: 'completions',
    title: 'Type, and take the ghost text',
    description:
      'Completions are routed too, and work with no provider at all by copying from this workspace. If another extension also shows ghost text, switch one of the two off so that they do not compete.\n[Open the Setting of Copilot’s Completions](command:workbench.action.openSettings?%5B%22github.copilot.enable%22%5D)',
    media: 'media/walkthrough/completions.md',
    completionEvents: ['onCommand:workbench.action.openSettings'],
  },
  {
    id: 'explain',
    title: 'Ask why',
    description:
      'The status bar shows the last model and its cost; its tooltip says why. The full explanation is one click away.\n[Explain Last Route](command:routingPolicy.explainLastRoute)',
    media: 'media/walkthrough/explain.md',
    completionEvents: ['onCommand:routingPolicy.explainLastRoute', 'onCommand:routingPolicy.showMenu'],
  },
];

const chatCommands = {
  explain: 'Why the last request went where it went',
  usage: 'What was spent on this machine',
  policy: 'The policy in force here',
} as const;

/** JSON Schema as VS Code's settings editor reads it: draft-07 words, no `$schema`. */
function providersJsonSchema(): object {
  const { $schema: _, ...schema } = z.toJSONSchema(providersSettingSchema, { target: 'draft-7', io: 'input' });
  return schema;
}

/** The generated parts of package.json, and the texts they refer to. */
export function manifest(): { contributes: object; activationEvents: string[]; capabilities: object; texts: Texts } {
  const texts: Texts = {};
  const text = (key: string, value: string): string => {
    texts[key] = value;
    return `%${key}%`;
  };
  const properties = Object.fromEntries(
    Object.entries<SettingDefinition>(settings).map(([id, { restricted: _, schema, description, ...rest }]) => [
      id,
      {
        ...rest,
        ...(schema === 'providers' ? providersJsonSchema() : {}),
        description: text(`setting.${id}`, description),
      },
    ]),
  );
  const restricted = Object.entries<SettingDefinition>(settings)
    .filter(([, definition]) => definition.restricted)
    .map(([id]) => id);
  const contributes = {
    commands: Object.entries(commands).map(([command, { title }]) => ({
      command,
      title: text(`command.${command}`, title),
      category: 'Routing Policy',
    })),
    configuration: { title: 'Routing Policy', properties },
    configurationDefaults: {
      // On a remote machine the gateway is for clients there: its port is not offered as an application's.
      'remote.portsAttributes': {
        [String(settings['routingPolicy.gateway.port'].default)]: {
          label: 'Routing Policy gateway',
          onAutoForward: 'ignore',
        },
        'routing-policy.+dist.server\\.js': { label: 'Routing Policy gateway', onAutoForward: 'ignore' },
      },
    },
    languages: [{ id: 'jsonc', filenames: ['.routing-policy.json'] }],
    jsonValidation: [{ fileMatch: ['.routing-policy.json'], url: './schemas/editor.schema.json' }],
    languageModelChatProviders: [{ vendor: chatVendor, displayName: 'Routing Policy' }],
    chatParticipants: [
      {
        id: participantId,
        name: 'routing',
        fullName: 'Routing Policy',
        description: text('participant.description', 'Explain how requests are routed'),
        isSticky: false,
        commands: Object.entries(chatCommands).map(([name, description]) => ({
          name,
          description: text(`participant.${name}`, description),
        })),
      },
    ],
    walkthroughs: [
      {
        id: 'start',
        title: text('walkthrough.title', 'Get Started with Routing Policy'),
        description: text('walkthrough.description', 'Route every AI request by one checked-in policy.'),
        steps: walkthroughSteps.map(({ media, title, description, ...step }) => ({
          ...step,
          title: text(`walkthrough.${step.id}.title`, title),
          description: text(`walkthrough.${step.id}.description`, description),
          media: { markdown: media },
        })),
      },
    ],
  };
  const capabilities = {
    untrustedWorkspaces: {
      supported: 'limited',
      description: text(
        'trust.description',
        'In a workspace that is not trusted the policy only narrows: its constraints apply, its choice of models does not, and nothing new is contacted.',
      ),
      restrictedConfigurations: restricted,
    },
    virtualWorkspaces: {
      supported: false,
      description: text('virtual.description', 'The policy and the repository’s facts are read from a real folder.'),
    },
  };
  const activationEvents = [
    'workspaceContains:.routing-policy.json',
    `onLanguageModelChatProvider:${chatVendor}`,
    `onWebviewPanel:${usagePanelType}`,
  ];
  return { contributes, activationEvents, capabilities, texts };
}
