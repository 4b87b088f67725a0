// The runtime is Node 24 (ADR 0002). npm scripts find it in node_modules/.bin where a binary exists for
// the platform; elsewhere the machine's own Node must be new enough, and this says so in one sentence.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Node ${process.versions.node} is too old to run this project: install Node 24 or newer, or run \`npm ci\` without --omit=optional on Linux or Windows, which brings it.`,
  );
  process.exit(1);
}
