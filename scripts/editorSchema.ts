/**
 * The schema as an editor that runs our language server needs it: one that says nothing. The server judges policies,
 * describes them and proposes what to write, in any editor and with what it knows of the repository; the JSON service would
 * say half of that a second time, and without any schema it would propose words from elsewhere in the file.
 */
export function editorSchema(): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Routing policy',
    allowComments: true,
    allowTrailingCommas: true,
  };
}
