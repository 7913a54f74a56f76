// Bytes that a program ships for the names it imports: the production build, bundled for a browser, minified, gzipped. The
// last column is the same for Node, where signals, AsyncLocalStorage and the end of the process are part of it.
// `limit` is a ratchet: what is reached today, plus a little room; over it the check fails. `target` is where it has to go.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./nodes.mjs";
import { buildProduction } from "./production.mjs";

async function bundleSize({ from, import: names }, host) {
	const what = names === "*" ? "*" : `{ ${names.join(", ")} }`;
	const { outputFiles } = await build({
		stdin: { contents: `export ${what} from ${JSON.stringify(from)};`, resolveDir: root },
		bundle: true,
		minify: true,
		write: false,
		format: "esm",
		platform: "neutral",
		conditions: ["production", host],
		target: "es2022",
		external: ["node:*"],
		define: { "process.env.NODE_ENV": '"production"' },
		logLevel: "silent",
	});
	const [{ contents }] = outputFiles;
	if (contents.length === 0) throw new Error(`${from} exports nothing`);
	return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length };
}

const budget = JSON.parse(readFileSync(join(root, "size-budget.json"), "utf8"));
const width = Math.max(...budget.map(({ name }) => name.length));
const column = (value) => String(value).padStart(9);
await buildProduction();
const titles = ["minified", "gzipped", "limit", "target", "on Node"].map(column).join("");
console.log(`${"".padEnd(width)}${titles}`);
for (const entry of budget) {
	try {
		const { minified, gzipped } = await bundleSize(entry, "browser");
		const onNode = await bundleSize(entry, "node");
		const over = gzipped > entry.limit;
		const figures = `${column(minified)}${column(gzipped)}${column(entry.limit)}${column(entry.target)}${column(onNode.gzipped)}`;
		console.log(`${entry.name.padEnd(width)}${figures}${over ? "  over" : ""}`);
		if (over) process.exitCode = 1;
	} catch (error) {
		console.log(`${entry.name.padEnd(width)}  ${error.message}`);
		process.exitCode = 1;
	}
}
