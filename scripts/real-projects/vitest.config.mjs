// The project's own vitest configuration, with Holdfast's plugin in every one of its projects.
import { appendFileSync, existsSync, globSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import holdfast from "../../packages/compiler/dist/vite.js";

const directory = process.cwd();
const vite = dirname(createRequire(join(directory, "package.json")).resolve("vite/package.json"));
const { loadConfigFromFile } = await import(pathToFileURL(join(vite, "dist/node/index.js")).href);
const compiled = new URL("../../packages/holdfast/dist/compiled.js", import.meta.url).pathname;

/** Stands behind the compiler and notes what it has changed. */
const record = {
	name: "record-compiled-files",
	enforce: "pre",
	transform(code, id) {
		if (code.includes("holdfast/compiled"))
			appendFileSync(process.env.HOLDFAST_COMPILED_FILES, `${id.replace(/\?.*$/, "")}\n`);
	},
};

export default await load(["vitest.config.ts", "vitest.config.mts", "vite.config.ts"].find((file) => existsSync(file)));

async function load(file) {
	const { config } = await loadConfigFromFile({ command: "serve", mode: "test" }, file, directory);
	const projects = config.test?.projects;
	const expanded = projects?.flatMap((project) => (typeof project === "string" ? globSync(project) : [project]));
	return {
		...withPlugin(config),
		test: {
			...config.test,
			coverage: { enabled: false },
			...(expanded && {
				projects: await Promise.all(
					expanded.map(async (project) =>
						typeof project === "string"
							? { ...(await load(project)), root: resolve(dirname(project)) }
							: project.extends === true
								? project
								: withPlugin(project),
					),
				),
			}),
		},
	};
}

function withPlugin(config) {
	return {
		...config,
		plugins: [...(config.plugins ?? []), holdfast(), record],
		resolve: {
			...config.resolve,
			alias: { ...config.resolve?.alias, "holdfast/compiled": compiled },
		},
	};
}
