/**
 * Writes the page: one file that makes no network requests. Its content security policy allows only
 * its own script and style, by their hashes. Names from the tree never become markup: all data is
 * JSON in a block that the browser doesn't execute, and is inserted as text.
 */
import type { PageData } from './data.js';

export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** The page's data, escaped for a script element. */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * @param sha256Base64 hashes the UTF-8 bytes of a text
 * @throws Error if an asset contains the end tag of its own element
 */
export function* pageChunks(
  data: PageData,
  { script, style }: PageAssets,
  sha256Base64: (text: string) => string,
): Generator<string> {
  if (/<\/?script|<!--/i.test(script) || /<\/style/i.test(style)) {
    throw new Error('an asset of the page would end its own element');
  }
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${sha256Base64(script)}'`,
    `style-src 'sha256-${sha256Base64(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Registry storage</title>
<style>${style}</style>
</head>
<body>
<main id="page"></main>
<noscript><p>This page needs its script, and scripts are turned off in this browser.</p></noscript>
<script type="application/json" id="data">`;
  yield embeddedJson(data);
  yield `</script>
<script>${script}</script>
</body>
</html>
`;
}
