// One Vite build, with or without the plugin, in a process of its own: `node vite-build.mjs ENTRY ROOT with|without`.
import { isAbsolute, join } from "node:path";
import { build } from "vite";
import { root } from "../nodes.mjs";

const [entry, folder, side] = process.argv.slice(2);
const plugins = [];
if (side === "with") {
	const { default: holdfast } = await import("@holdfast/compiler/vite");
	plugins.push(holdfast({ config: false, findings: false }));
}
const counted = { modules: 0, bytes: 0 };
const runtime = join(root, "packages/holdfast");
const counter = {
	name: "counter",
	moduleParsed({ id, code }) {
		if (id.startsWith(runtime)) return;
		counted.modules += 1;
		counted.bytes += code?.length ?? 0;
	},
};
const { output } = await build({
	root: folder,
	configFile: false,
	logLevel: "silent",
	plugins: [counter, ...plugins],
	resolve: { alias: { "holdfast/compiled": join(runtime, "dist/compiled.js") } },
	build: {
		ssr: entry,
		write: false,
		minify: true,
		sourcemap: true,
		rolldownOptions: { external: (id) => !/^[.#]|^holdfast/.test(id) && !isAbsolute(id), onLog: () => undefined },
	},
});
const { user, system } = process.cpuUsage();
const seconds = { wall: performance.now() / 1e3, cpu: (user + system) / 1e6 };
console.log(JSON.stringify({ ...counted, chunk: output[0].code.length, ...seconds }));
