/**
 * Where a policy's text routes a class: its key under `routes`, else where it is declared, or `default` itself. Found as a
 * reader would, by looking, so that the thin extension needs no parser; undefined where it is not found.
 */
export function classOffset(text: string, ofClass: string): number | undefined {
  const name = JSON.stringify(ofClass).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  if (ofClass === 'default') return find(text, /"default"\s*:/);
  const routes = find(text, /"routes"\s*:/);
  if (routes !== undefined) {
    const inRoutes = find(text.slice(routes), new RegExp(`${name}\\s*:\\s*[{"[]`));
    if (inRoutes !== undefined) return routes + inRoutes;
  }
  return find(text, new RegExp(`"id"\\s*:\\s*${name}`));
}

function find(text: string, pattern: RegExp): number | undefined {
  const at = text.search(pattern);
  return at < 0 ? undefined : at;
}
