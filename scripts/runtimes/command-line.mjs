// Runs a suite on Node, Bun or Deno: one line of output for each result. Its one argument is JSON:
// `{ bundle, programs?, record?, from, only?, host }`.
const { process } = globalThis;
const { log } = console;
const words = JSON.parse(process.argv[2]);
globalThis.holdfastHost = words.host;
globalThis.gc ??= globalThis.Bun && (() => globalThis.Bun.gc(true));

const recorded = { transforms: {}, functions: {} };
if (words.record !== undefined) {
	const { transform } = await import(words.compiler);
	globalThis.holdfastRecorder = {
		transform(key, source, options) {
			try {
				const result = transform(source, options);
				recorded.transforms[key] = { code: result.code };
				return result;
			} catch (error) {
				const { name, message, code } = error;
				recorded.transforms[key] = { error: { ...error, name, message, ...(code !== undefined && { code }) } };
				throw error;
			}
		},
		made(key, kind, args) {
			recorded.functions[key] = { kind, args };
		},
	};
} else if (words.programs !== undefined) {
	const { readFileSync } = await import("node:fs");
	const { transforms } = JSON.parse(readFileSync(words.programs, "utf8"));
	globalThis.holdfastPrograms = { transforms };
}

const { suite } = await import(words.bundle);
const { ids } = suite;
log(`@suite ${JSON.stringify({ ids, broken: suite.broken })}`);
for (let index = words.from; index < ids.length; index++) {
	if (words.only !== undefined && !ids[index].includes(words.only)) continue;
	log(`@begin ${index}`);
	const started = performance.now();
	const result = await suite.run(index);
	log(`@result ${JSON.stringify({ ...result, index, milliseconds: Math.round(performance.now() - started) })}`);
}
if (words.record !== undefined) {
	const { writeFileSync } = await import("node:fs");
	writeFileSync(words.record, JSON.stringify(recorded));
}
log("@end");
process.exit(0);
