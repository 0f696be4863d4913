import * as vscode from 'vscode';
import type { GatewayAccess } from '../contract/clients/client.ts';
import { type GatewaySighting, type GatewayStanding, toEditor, toRouter } from '../contract/messages.ts';
import type { RouterClient } from './routerClient.ts';

/** The gateway as this window knows it: where it stands, and who comes. */
export class Gateway implements vscode.Disposable {
  readonly #client: RouterClient;
  readonly #changed = new vscode.EventEmitter<GatewayStanding>();
  readonly #seen = new vscode.EventEmitter<GatewaySighting>();
  readonly #following: vscode.Disposable;
  readonly onDidChange = this.#changed.event;
  readonly onDidSee = this.#seen.event;
  #standing: GatewayStanding = { kind: 'opening' };

  constructor(client: RouterClient) {
    this.#client = client;
    client.hear<GatewayStanding>(toEditor.gatewayChanged, (standing) => this.#stand(standing));
    client.hear<GatewaySighting>(toEditor.gatewaySeen, (sighting) => this.#seen.fire(sighting));
    this.#following = client.onDidChangeState((state) => {
      if (state === 'stopped') this.#stand({ kind: 'closed' });
    });
  }

  get standing(): GatewayStanding {
    return this.#standing;
  }

  /** What a client needs; undefined where none can come in. */
  async access(): Promise<GatewayAccess | undefined> {
    return (await this.#client.request<GatewayAccess | null>(toRouter.gatewayAccess, {})) ?? undefined;
  }

  dispose(): void {
    this.#following.dispose();
    this.#changed.dispose();
    this.#seen.dispose();
  }

  #stand(standing: GatewayStanding): void {
    this.#standing = standing;
    this.#changed.fire(standing);
  }
}
