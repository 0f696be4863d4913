/** Where the page's own files are, as the webview may ask for them, and what marks them as ours. */
export interface PageFiles {
  readonly script: string;
  readonly style: string;
  /** New for each page, and not to be guessed. */
  readonly nonce: string;
}

/** The page of the usage panel. It may run one script and read one style sheet, and reach nothing else. */
export function panelPage({ script, style, nonce }: PageFiles): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Usage</title>
<link rel="stylesheet" nonce="${nonce}" href="${style}">
</head>
<body>
<div id="panel"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
