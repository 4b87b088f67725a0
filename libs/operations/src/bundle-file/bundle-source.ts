import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Kind } from 'graphql';
import { ZodError } from 'zod';
import { parseText } from '../text/parse-text.js';
import { BundleManifest, bundleManifestSchema } from './bundle-manifest.js';
import { packageRoot } from './package-root.js';

/** A version as its author wrote it: the manifest, and each operation's document by operation name. */
export interface BundleSource {
  manifest: BundleManifest;
  documents: ReadonlyMap<string, string>;
}

/** A folder that cannot be read as a bundle. The message is one sentence that names the file. */
export class BundleFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BundleFileError';
  }
}

/**
 * Reads `bundle.json` and the `.graphql` files beside it. Whether the documents may be approved is not decided here.
 * @throws BundleFileError
 */
export function readBundleFolder(folder: string): BundleSource {
  const manifest = readManifest(path.join(folder, 'bundle.json'));
  const documents = new Map<string, string>();
  for (const file of filesIn(folder).filter((name) => name.endsWith('.graphql'))) {
    const text = readText(path.join(folder, file));
    const name = operationName(text) ?? file;
    if (documents.has(name)) throw new BundleFileError(`${file} defines ${name} a second time.`);
    documents.set(name, text);
  }
  for (const name of Object.keys(manifest.operations)) {
    if (!documents.has(name))
      throw new BundleFileError(`No .graphql file in ${folder} defines ${name}.`);
  }
  for (const name of documents.keys()) {
    if (!manifest.operations[name])
      throw new BundleFileError(`bundle.json says nothing of ${name}.`);
  }
  return { manifest, documents };
}

/** The bundles that come with this release: `bundles/<name>/<version>/`. */
export function shippedBundles(): BundleSource[] {
  const root = path.join(packageRoot(), 'bundles');
  return filesIn(root).flatMap((name) =>
    filesIn(path.join(root, name)).map((version) => {
      const source = readBundleFolder(path.join(root, name, version));
      if (source.manifest.name !== name || source.manifest.version !== version) {
        throw new BundleFileError(`bundles/${name}/${version} calls itself something else.`);
      }
      return source;
    }),
  );
}

function readManifest(file: string): BundleManifest {
  try {
    return bundleManifestSchema.parse(JSON.parse(readText(file)));
  } catch (error) {
    if (error instanceof SyntaxError) throw new BundleFileError(`${file} is no JSON.`);
    if (!(error instanceof ZodError)) throw error;
    const [issue] = error.issues;
    const where = issue?.path.map(String).join('.') ?? '';
    throw new BundleFileError(`${file}: ${where} ${issue?.message ?? 'is not valid'}`);
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    throw new BundleFileError(`The folder ${folder} cannot be read.`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new BundleFileError(`${file} cannot be read.`);
  }
}

function operationName(text: string): string | undefined {
  for (const definition of parseText(text)?.definitions ?? []) {
    if (definition.kind === Kind.OPERATION_DEFINITION) return definition.name?.value;
  }
  return undefined;
}
