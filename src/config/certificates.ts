import { CertificateError, type CertificateFault, type CertificatePart } from '../certificates/certificate-error.ts';
import { readPair } from '../certificates/pair.ts';
import { readCertificates as readChain, readPrivateKey } from '../certificates/pem-contents.ts';
import type { CertificatePlan } from '../contract/plan.ts';
import { whyNoProgram } from '../system/program-file.ts';
import { acmeShape, certificateFilesShape, selfSignedShape } from './certificate-shapes.ts';
import { name as nameSchema } from './frame.ts';
import { describeUnknownKey } from './issues.ts';
import { nearest } from './nearest.ts';
import type { Reader } from './reader.ts';
import { readText, SourceError } from './source.ts';
import { find, isEmpty, type Path } from './tree.ts';

/** Names of all certificates, and the plans of those that are right. */
export interface ReadCertificates {
  readonly names: ReadonlySet<string>;
  readonly plans: Readonly<Record<string, CertificatePlan>>;
}

const limits = { maxBytes: 1024 ** 2, maxText: '1MB' };

export function readCertificates(reader: Reader): ReadCertificates {
  const section = find(reader.root, ['certificates']);
  if (section === null) return { names: new Set(), plans: {} };
  if (section.kind !== 'map') {
    reader.wrong(
      ['certificates'],
      isEmpty(section) ? 'expected a map of certificates, got nothing' : 'expected a map of certificates',
    );
    return { names: new Set(), plans: {} };
  }
  const plans: Record<string, CertificatePlan> = {};
  for (const name of section.children.keys()) {
    const plan = readCertificate(reader, name);
    if (plan !== null) plans[name] = plan;
  }
  return { names: new Set(section.children.keys()), plans };
}

function readCertificate(reader: Reader, name: string): CertificatePlan | null {
  const { root, mistakes } = reader;
  const path: Path = ['certificates', name];
  const named = nameSchema.safeParse(name);
  if (!named.success) mistakes.addAtKey(root, path, named.error.issues[0]?.message ?? '');
  if (find(root, path)?.kind !== 'map') {
    reader.wrong(path, 'expected a map with cert and key, self_signed, or acme');
    return null;
  }
  if (isMixed(find(root, path)?.children.keys() ?? [])) {
    reader.wrong(path, 'expected either cert and key, or self_signed, or acme');
    return null;
  }
  const misspelt = misspeltKind(find(root, path)?.children.keys() ?? []);
  if (misspelt !== null) {
    mistakes.addAtKey(root, [...path, misspelt], describeUnknownKey(misspelt, kindKeys));
    return null;
  }
  const kinds = (['self_signed', 'acme'] as const).filter((kind) => find(root, [...path, kind]) !== null);
  if (kinds[0] === 'self_signed') return readSelfSigned(reader, path);
  return kinds[0] === 'acme' ? readAcme(reader, path) : readFiles(reader, path);
}

const kindKeys = ['cert', 'key', 'self_signed', 'acme'];

function isMixed(given: Iterable<string>): boolean {
  const keys = new Set(given);
  return [keys.has('cert') || keys.has('key'), keys.has('self_signed'), keys.has('acme')].filter(Boolean).length > 1;
}

/** The key that was most likely to tell the kind, where none does. */
function misspeltKind(given: Iterable<string>): string | null {
  const keys = [...given];
  if (keys.some((key) => kindKeys.includes(key))) return null;
  return keys.find((key) => nearest(key, ['self_signed', 'acme']) !== null) ?? null;
}

function readSelfSigned(reader: Reader, path: Path): CertificatePlan | null {
  const { self_signed: names, command } = reader.members(selfSignedShape, path);
  if (command !== undefined) checkProgram(reader, [...path, 'command'], command);
  if (names === undefined || command === undefined) return null;
  return { kind: 'self_signed', names, command };
}

function readAcme(reader: Reader, path: Path): CertificatePlan | null {
  const { acme: names, email, directory, ca, challenge, listen, command } = reader.members(acmeShape, path);
  if (ca !== undefined) checkAuthorities(reader, [...path, 'ca'], ca);
  if (command !== undefined) checkProgram(reader, [...path, 'command'], command);
  if (!names || !directory || !challenge || !listen || !command) return null;
  return { kind: 'acme', names, email: email ?? null, directory, ca: ca ?? null, challenge, listen, command };
}

function readFiles(reader: Reader, path: Path): CertificatePlan | null {
  const { cert, key, passphrase = null } = reader.members(certificateFilesShape, path);
  const at = (part: CertificatePart): Path => [...path, part];
  const certText = cert === undefined ? null : readPem(reader, at('cert'), cert);
  const keyText = key === undefined ? null : readPem(reader, at('key'), key);
  const [certName, keyName] = [show(reader, at('cert'), cert ?? ''), show(reader, at('key'), key ?? '')];
  const isRight = (check: () => unknown): boolean =>
    isFaultless(reader, check, (fault, part) =>
      fault === 'passphrase' && passphrase !== null ? [...path, 'passphrase'] : at(part),
    );
  // Each by itself first, so that all that is wrong is told at once.
  const isCertRight = certText !== null && isRight(() => readChain(certText, certName));
  const isKeyRight = keyText !== null && isRight(() => readPrivateKey(keyText, keyName, passphrase));
  if (cert === undefined || key === undefined || !isCertRight || !isKeyRight) return null;
  const isPair = isRight(() => readPair({ certText, keyText, passphrase, certName, keyName }));
  return isPair ? { kind: 'files', cert, key, passphrase } : null;
}

function checkProgram(reader: Reader, path: Path, [program]: readonly string[]): void {
  const reason = program === undefined ? null : whyNoProgram(program);
  const place = [...path, 0];
  if (reason !== null) reader.wrong(place, `cannot run ${show(reader, place, program ?? '')}: ${reason}`);
}

/** A file of certificates that others are checked against. */
export function checkAuthorities(reader: Reader, path: Path, file: string): void {
  const text = readPem(reader, path, file);
  if (text !== null)
    isFaultless(
      reader,
      () => readChain(text, show(reader, path, file)),
      () => path,
    );
}

function isFaultless(
  reader: Reader,
  check: () => unknown,
  placeOf: (fault: CertificateFault, part: CertificatePart) => Path,
): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    reader.wrong(placeOf(error.fault, error.part), error.message);
    return false;
  }
}

function readPem(reader: Reader, path: Path, file: string): string | null {
  try {
    return readText(file, limits);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    reader.wrong(path, `cannot read ${show(reader, path, file)}: ${error.message}`);
    return null;
  }
}

function show(reader: Reader, path: Path, file: string): string {
  return find(reader.root, path)?.isSecret === true ? '"…"' : JSON.stringify(file);
}
