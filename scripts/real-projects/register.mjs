// `node --import …/register.mjs`: the compiler's loader, and a note of every file that it has really changed, a line each,
// in the file that HOLDFAST_COMPILED_FILES names.
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { registerCompiler } from "../../packages/compiler/dist/loader.js";

registerCompiler();

const list = process.env.HOLDFAST_COMPILED_FILES;
const seen = new Set();

// Registered last, so it stands around the compiler's own hooks and sees what they give.
if (list !== undefined)
	registerHooks({
		load(url, context, next) {
			const result = next(url, context);
			const isChanged = typeof result.source === "string" && result.source.includes("holdfast/compiled");
			if (isChanged && url.startsWith("file:") && !seen.has(url)) {
				seen.add(url);
				appendFileSync(list, `${fileURLToPath(url)}\n`);
			}
			return result;
		},
	});
