import { escapeHtml } from '../errors.ts';
import type { Method, Methods } from './method.ts';

/** A page about the methods, for people. Whatever modules say stands in it as text. */
export function renderPage(title: string, methods: Methods): string {
  const entries = [...methods.values()].sort((one, other) => (one.name < other.name ? -1 : 1)).map(renderMethod);
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
<h1>${escapeHtml(title)}</h1>
<p>Methods to be called by XML-RPC (POST, <code>text/xml</code>) or JSON-RPC 2.0 (POST, <code>application/json</code>).</p>
<dl>
${entries.join('\n')}
</dl>
</html>
`;
}

export const pageStyle =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}dt{font-family:monospace;font-weight:bold;margin-top:1rem}dd{white-space:pre-line}';

function renderMethod({ name, signatures, help }: Method): string {
  const forms = signatures.map(([result, ...types]) => `${name}(${types.join(', ')}) → ${result}`);
  const terms = (forms.length === 0 ? [`${name}(…)`] : forms).map((form) => `<dt>${escapeHtml(form)}</dt>`);
  return `${terms.join('')}<dd>${escapeHtml(help)}</dd>`;
}
