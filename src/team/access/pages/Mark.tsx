import type { Person } from '../../services.ts';

/** What a form carries so that no other site can send it. */
export function Mark({ person }: { readonly person: Person }) {
  return <input type="hidden" name="csrf" value={person.csrfToken} />;
}
