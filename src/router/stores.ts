import { loadCalibration } from '../usage/calibrationStore.ts';
import { DecisionLog } from '../usage/decisionLog.ts';
import { openLedger } from '../usage/ledgerFile.ts';
import { machineKey } from '../usage/repoKey.ts';
import type { Salvaged } from '../usage/salvage.ts';
import { openStateFolder } from '../usage/stateFolder.ts';
import type { RecordStores } from './ledgerRecorder.ts';

/** Opens the user's state folder and what is in it. Nothing here stops a request from being served: what fails is told. */
export async function openStores(now: number): Promise<RecordStores> {
  let folder: string;
  let key: Buffer;
  try {
    folder = openStateFolder();
    key = machineKey(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      folder: undefined,
      ledger: undefined,
      decisions: undefined,
      key: undefined,
      calibration: [],
      warning: `Usage is not written down: the state folder cannot be used (${reason}). Budgets cannot count what is spent.`,
    };
  }
  const opened = await openLedger(folder, now);
  return {
    folder,
    key,
    decisions: new DecisionLog(folder),
    calibration: await loadCalibration(folder),
    ledger: opened.kind === 'open' ? opened.ledger : undefined,
    warning:
      opened.kind === 'unavailable'
        ? `Usage is not written down: ${opened.reason} Budgets cannot count what is spent.`
        : opened.setAside
          ? damageSentence(opened.setAside, opened.salvaged)
          : undefined,
  };
}

function damageSentence(file: string, salvaged: Salvaged | undefined): string {
  const { attempts = 0, since, isWhole = true } = salvaged ?? {};
  const from = since === undefined ? '' : `, from ${new Date(since).toISOString().slice(0, 10)} on`;
  const rest = isWhole
    ? `the ${attempts} attempts that could still be read${from}: budgets may have counted more.`
    : `the newest ${attempts} attempts${from}. Older ones are being copied while nobody waits; until then budgets of a longer time count less than was spent.`;
  return `The usage ledger was damaged. It was set aside as ${file}, and a new one was begun with ${rest}`;
}
