import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, rawTransferSupported } from "oxc-parser";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folders = ["examples", "packages", "node_modules/vite/dist/node", "node_modules/vitest/dist"];
const extensions = /(?<!\.d)\.(?:js|mjs|ts)$/;

/** Real files with async functions: this repository's own, and Vite's and Vitest's as they are published. */
function corpus() {
	const files = [];
	for (const folder of folders) {
		for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
			const path = join(entry.parentPath ?? entry.path, entry.name);
			const ours = !folder.startsWith("node_modules");
			if (!entry.isFile() || !extensions.test(entry.name) || (ours && /node_modules|[\\/]dist[\\/]/.test(path))) {
				continue;
			}
			const text = readFileSync(path, "utf8");
			if (/\basync (?:function|\(|\w+ =>|\w+\()/.test(text)) {
				files.push({ path, text });
			}
		}
	}
	return files;
}

const files = corpus();
const sizeOf = (list) => list.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
const bytes = sizeOf(files);

function eachFile(work) {
	return {
		run(n) {
			let passes = 0;
			for (let i = 0; i < n; i++) {
				let done = 0;
				for (const { path, text } of files) {
					done += work(path, text);
				}
				passes += done === files.length ? 1 : 0;
			}
			return passes;
		},
	};
}

export default {
	work: "transform, warm, files that contain `async` (others skipped by a text scan)",
	unit: `pass over ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`,
	target: { above: 5 },
	native: "oxc-parser's parse alone: a lower bound, it transforms nothing",
	convert: (nanoseconds) => ({ value: (bytes / nanoseconds) * 1e3, unit: "MB/s" }),
	contestants: {
		native: () => {
			// As the compiler parses.
			const options = { experimentalRawTransfer: rawTransferSupported() };
			return eachFile((path, text) => (parseSync(path, text, options).program.body.length > 0 ? 1 : 0));
		},
		"holdfast-compiled": async () => {
			const { transform } = await import("@holdfast/compiler");
			const compile = (path, text) => transform(text, { filename: path });
			return {
				...eachFile((path, text) => (compile(path, text).code.length > 0 ? 1 : 0)),
				check() {
					// Some files only speak of async functions, in comments and strings.
					const changed = files.filter(({ path, text }) => compile(path, text).changed);
					const share = sizeOf(changed) / bytes;
					if (share < 0.9) {
						throw new Error(`only ${(share * 100).toFixed(0)} % of the source was compiled`);
					}
				},
			};
		},
	},
};
