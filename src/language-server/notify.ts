import type { Connection } from 'vscode-languageserver/node';

/** Tells the editor something that it may miss: one that is gone, or going, needs no word of it. */
export function notify(connection: Connection, method: string, params: object): void {
  connection.sendNotification(method, params).catch(() => undefined);
}
