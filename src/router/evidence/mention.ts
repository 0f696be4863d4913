/**
 * What a conversation says about a file. `edited`, `attached`, `selected` and `named` are work; `current` is work only
 * where nothing better is known; `mentioned` is work, unless a constraint guards the file; `read` went out as text without being worked on, which only constraints look at.
 */
export type MentionRole = 'edited' | 'attached' | 'selected' | 'named' | 'mentioned' | 'current' | 'read';

/**
 * What must be on the disk for a mention to count. A client's own tag and a tool's own relative path count as they are
 * (`nothing`), since the file may be gone while its text still goes out. A word of a command counts when it is a file, or
 * when it is absolute and lies in the workspace or in a folder that this machine has (`place`). What a result seems to announce must be a `file`; a word
 * with neither dot nor slash must be a `guarded` one, because any word could be a file. What a command is given to print
 * counts by its `name`, where a constraint guards such files: it may run in any folder and on any machine.
 */
export type Proof = 'nothing' | 'place' | 'file' | 'guarded' | 'name';

/**
 * What is done with a mention that turns out to be a folder or a pattern: `printed` by something that writes out what it
 * finds there, merely `given` to something else, or only `listed` by name.
 */
export type Reach = 'printed' | 'given' | 'listed';

/** A path, folder or pattern as the client or the model wrote it: untrusted until it is resolved against the repository. */
export interface Mention {
  readonly path: string;
  readonly role: MentionRole;
  readonly proof: Proof;
  readonly reach: Reach;
  /** Folders in which a relative path may be meant, beside the repository's root. */
  readonly within?: readonly string[];
}

/** What somebody else's text announces: it counts only if there is such a file. */
export const announced = (path: string): Mention => ({ path, role: 'read', proof: 'file', reach: 'listed' });
