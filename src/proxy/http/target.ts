/** The path and query of a target; "*" and an authority (CONNECT's) stay. */
export function originForm(target: string): string {
  const first = target.charCodeAt(0);
  if (first === 47 || first === 42) return target;
  const found = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/.exec(target);
  if (found === null) return target;
  const rest = target.slice(found[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
