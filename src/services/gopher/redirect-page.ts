/** For "URL:…", which is how menus name what is on the web: browsers that know only gopher get a page that leads there. null: no address to lead to. */
export function redirectPage(selector: string): string | null {
  const url = URL.parse(selector.slice('URL:'.length));
  if (url === null || !leadsOut.has(url.protocol)) return null;
  const href = url.href.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!doctype html>\n<meta charset="utf-8">\n<meta http-equiv="refresh" content="3;url=${href}">\n<title>Elsewhere</title>\n<p>This is elsewhere: <a href="${href}">${href}</a>\n`;
}

const leadsOut: ReadonlySet<string> = new Set(['http:', 'https:', 'ftp:', 'gopher:', 'gemini:', 'mailto:']);
