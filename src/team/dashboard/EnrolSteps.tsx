/** Before the first report: how the first machine is enrolled. */
export function EnrolSteps({ isAdmin, team }: { readonly isAdmin: boolean; readonly team: string }) {
  return (
    <section class="welcome" aria-labelledby="enrol">
      <h2 id="enrol">No installation has reported yet</h2>
      <p>
        Once developers have joined, you see here what each class of work costs on each model, and whether it works.
      </p>
      <ol class="steps-list">
        <li>
          On the machine of this server, make a link to join:
          <code class="command">routing-policy team enrol --team "{team}"</code>
          The salt in it is the team's, and stays unknown here{isAdmin ? '.' : '; ask whoever runs the server.'}
        </li>
        <li>
          In VS Code, each developer runs <strong>Routing Policy: Join a Team</strong> with that link, and agrees to
          what is sent. <strong>Show Exactly What Is Sent</strong> tells them before.
        </li>
        <li>They work as before. Their figures come in within minutes.</li>
      </ol>
    </section>
  );
}

interface WaitingProps {
  readonly leastPersons: number;
  readonly decidedThrough: string | undefined;
}

/** Installations have reported, and nothing of it is shown yet. */
export function Waiting({ leastPersons, decidedThrough }: WaitingProps) {
  return (
    <section class="welcome" aria-labelledby="waiting">
      <h2 id="waiting">Nothing here that can be shown yet</h2>
      <p>
        Installations have reported. A figure is shown once {leastPersons} people or more had part in it, from noon
        (UTC) of the day after; what is of fewer waits for the rest of its week, and is then added to that of other
        teams.
      </p>
      <p class="note">
        {decidedThrough === undefined ? 'No day has been decided yet.' : `Decided up to ${decidedThrough}.`} On a server
        of your own, <code>routing-policy team least-persons 1</code> shows everything as it comes in.
      </p>
    </section>
  );
}
