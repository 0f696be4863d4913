import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';

/** Authorities to trust beside those that Node brings. */
export interface CertificateSettings {
  /** The machine's own store, as the editor's `http.systemCertificates` says. Default true. */
  readonly systemCertificates?: boolean | undefined;
  /** PEM files; `NODE_EXTRA_CA_CERTS` is read anyway. */
  readonly certificateFiles?: readonly string[] | undefined;
  /** PEM texts, handed over by the editor. */
  readonly certificates?: readonly string[] | undefined;
}

export interface TrustedCertificates {
  /** PEM texts; undefined when nothing is to be added to what Node trusts by itself. */
  readonly authorities: readonly string[] | undefined;
  /** What could not be read, in sentences. */
  readonly problems: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Collects the certificate authorities. Reads files and the machine's store: tens of milliseconds, so once. */
export function trustedCertificates(settings: CertificateSettings, env: Environment): TrustedCertificates {
  const problems: string[] = [];
  const files = [
    ...(settings.certificateFiles ?? []),
    ...(env['NODE_EXTRA_CA_CERTS'] ? [env['NODE_EXTRA_CA_CERTS']] : []),
  ];
  const extra = [
    ...(settings.certificates ?? []),
    ...files.flatMap((file) => readPem(file, problems)),
    ...(settings.systemCertificates === false ? [] : systemCertificates(problems)),
  ];
  if (extra.length === 0) return { authorities: undefined, problems };
  return { authorities: [...new Set([...defaultCertificates(), ...extra])], problems };
}

function readPem(file: string, problems: string[]): readonly string[] {
  try {
    return [readFileSync(file, 'utf8')];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    problems.push(`The certificate file "${file}" could not be read (${code}); its authorities are not trusted.`);
    return [];
  }
}

// Node before 22.15 cannot read the machine's store: what it brings and NODE_EXTRA_CA_CERTS are trusted there.
function systemCertificates(problems: string[]): readonly string[] {
  try {
    return tls.getCACertificates?.('system') ?? [];
  } catch (error) {
    problems.push(
      `The machine's certificates could not be read: ${error instanceof Error ? error.message : String(error)}`,
    );
    return [];
  }
}

function defaultCertificates(): readonly string[] {
  return tls.getCACertificates?.('default') ?? tls.rootCertificates;
}
