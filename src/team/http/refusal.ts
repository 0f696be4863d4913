/** Why a request is not served, for programs and for people: a sentence that says what to do, and nothing of the server's. */
export function refuse(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error: sentence }, { status, headers: { 'cache-control': 'no-store', ...headers } });
}
