import { findNodeAtLocation } from 'jsonc-parser';
import type { DocumentPath, PolicyDocument } from '../../policy/document.ts';

/** The text that stands at a path, however much of the file around it is broken. */
export function textAt({ root }: PolicyDocument, path: DocumentPath): string | undefined {
  const value: unknown = root && findNodeAtLocation(root, [...path])?.value;
  return typeof value === 'string' ? value : undefined;
}

/** The keys of the object at a path, each once. */
export function keysIn({ root }: PolicyDocument, path: DocumentPath): readonly string[] {
  const node = root && findNodeAtLocation(root, [...path]);
  if (node?.type !== 'object') return [];
  return [...new Set((node.children ?? []).map(({ children }) => String(children?.[0]?.value ?? '')))];
}

/** The `id`s of the objects in the list at a path, each once. */
export function idsIn({ root }: PolicyDocument, path: DocumentPath): readonly string[] {
  const node = root && findNodeAtLocation(root, [...path]);
  if (node?.type !== 'array') return [];
  const ids = (node.children ?? []).map((child): unknown => findNodeAtLocation(child, ['id'])?.value);
  return [...new Set(ids.filter((id) => typeof id === 'string'))];
}
