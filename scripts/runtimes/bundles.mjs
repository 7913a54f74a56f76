// Makes the portable bundles: each is one module that exports `suite`, `{ ids, broken, run(index) }`.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { root } from "../nodes.mjs";

export const dist = join(root, "scripts/runtimes/dist");
const portable = join(root, "scripts/runtimes/portable");
const packages = ["packages/holdfast", "packages/testing"];
/** Of other packages these are tested on every host, too. */
const others = ["packages/interop/test/async-stores.test.ts", "packages/interop/test/opentelemetry.test.ts"];

const browserConditions = ["import", "browser", "@holdfast/source"];
const settings = {
	bundle: true,
	format: "esm",
	platform: "neutral",
	mainFields: ["module", "main"],
	target: "es2022",
	keepNames: true,
	conditions: ["import", "node", "@holdfast/source"],
	sourcemap: "linked",
	logLevel: "error",
	absWorkingDir: root,
};

/** The library by itself, for tests that run a program in a process of its own. */
export async function buildLibrary() {
	const outdir = join(dist, "holdfast");
	rmSync(outdir, { recursive: true, force: true });
	const source = join(root, "packages/holdfast/src");
	const entryPoints = ["index", "compiled", "loops", "fetch", "streams"].map((name) => join(source, `${name}.ts`));
	await build({ ...settings, external: ["node:*"], entryPoints, splitting: true, outdir });
	return outdir;
}

export function unitTestFiles() {
	const files = packages.flatMap((directory) =>
		readdirSync(join(root, directory, "src"), { recursive: true })
			.filter((name) => name.endsWith(".test.ts"))
			.map((name) => join(directory, "src", name))
			.sort(),
	);
	return [...files, ...others];
}

/** The unit tests of the core; for a browser with what its bundles get of the library. */
export async function buildUnitTests({ browser = false } = {}) {
	mkdirSync(dist, { recursive: true });
	const outfile = join(dist, browser ? "unit.browser.mjs" : "unit.mjs");
	await build({
		...settings,
		...(browser && { conditions: browserConditions }),
		stdin: {
			contents: [
				'import fc from "fast-check";',
				'import { registerFile, unitSuite } from "vitest";',
				// Random tests are the same on every host: only what Node has compiled is known there.
				"fc.configureGlobal({ seed: 20260101 });",
				...unitTestFiles().map((file) => {
					const path = JSON.stringify(join(root, file));
					return `await registerFile(${JSON.stringify(file)}, () => import(${path}));`;
				}),
				"export const suite = unitSuite;",
			].join("\n"),
			resolveDir: root,
			sourcefile: "unit.ts",
			loader: "ts",
		},
		external: ["node:*"],
		plugins: [standIns, builtins, copies],
		outfile,
	});
	return outfile;
}

/** Bundles a module of ours that is compiled, structured by functions. */
export async function buildCompiled(name, { browser = false } = {}) {
	const { transform } = await import("@holdfast/compiler");
	const source = join(portable, `${name}.ts`);
	const outfile = join(dist, `${name}.mjs`);
	const compile = {
		name: "compile",
		setup(setup) {
			setup.onLoad({ filter: /\.ts$/ }, ({ path }) => {
				if (path !== source) return undefined;
				const code = readFileSync(path, "utf8");
				return { contents: transform(code, { filename: path, structure: "function" }).code, loader: "ts" };
			});
		},
	};
	const conditions = browser ? browserConditions : settings.conditions;
	await build({ ...settings, conditions, entryPoints: [source], plugins: [compile], outfile });
	return outfile;
}

const isTest = (path) => /[\\/](src[\\/].*\.test\.ts|packages[\\/]holdfast[\\/]test[\\/][^\\/]+\.ts)$/.test(path);

/** What takes the place of vitest, of the compiler, and of globals that not every host has. */
const standIns = {
	name: "stand-ins",
	setup(setup) {
		const put = (filter, file) => setup.onResolve({ filter }, () => ({ path: join(portable, file) }));
		put(/^vitest$/, "vitest.mjs");
		put(/^@holdfast\/compiler$/, "programs.mjs");
		put(/\/test\/child\.ts$/, "child.mjs");
		setup.onLoad({ filter: /\.ts$/, namespace: "file" }, ({ path }) => {
			if (!isTest(path)) return undefined;
			let text = readFileSync(path, "utf8");
			const names = [];
			let reset = 0;
			if (/\bnew Function\(/.test(text)) {
				text = text.replace(/\bnew Function\(/g, "new ProgramFunction(");
				names.push(`import { ProgramFunction } from ${JSON.stringify(join(portable, "programs.mjs"))};`);
			}
			const used = ["setImmediate", "process"].filter((name) => new RegExp(`\\b${name}\\b`).test(text));
			if (used.length > 0)
				names.push(`import { ${used.join(", ")} } from ${JSON.stringify(join(portable, "host.mjs"))};`);
			text = text.replace(/\bvi\.resetModules\(\)|\bimport\("(\.[^"]+)"\)/g, (whole, name) => {
				if (name !== undefined) return reset === 0 ? whole : `import("copy${reset}:${name}")`;
				reset = ++copied;
				return whole;
			});
			return { contents: names.join(" ") + text, loader: "ts" };
		});
	},
};

/** `node:*` is asked for when it is used, so that a bundle can be loaded where there is no such thing. */
const builtins = {
	name: "builtins",
	setup(setup) {
		setup.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
			kind === "dynamic-import" ? { path, external: true } : { path, namespace: "builtin" },
		);
		setup.onResolve({ filter: /^[a-z_]+$/ }, ({ path }) =>
			builtinModules.includes(path) ? { path: `node:${path}`, namespace: "builtin" } : undefined,
		);
		// What OpenTelemetry has for browsers runs on every host.
		setup.onResolve({ filter: /^\.\/node$/ }, ({ importer }) =>
			/[\\/]@opentelemetry[\\/].*[\\/]platform[\\/]index\.js$/.test(importer)
				? { path: join(dirname(importer), "browser/index.js") }
				: undefined,
		);
		setup.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => {
			const names = Object.keys(createRequire(import.meta.url)(path)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
			const lines = [
				`import { builtin } from ${JSON.stringify(join(portable, "host.mjs"))};`,
				`const it = builtin(${JSON.stringify(path)});`,
				"export default it;",
				...names.filter((name) => name !== "default").map((name) => `export const ${name} = it.${name};`),
			];
			return { contents: lines.join("\n"), loader: "js", resolveDir: root };
		});
	},
};

let copied = 0;

/** Resetting vitest's modules gives the `import()`s that follow in the file a copy of their own of everything below. */
const copies = {
	name: "copies",
	setup(setup) {
		setup.onResolve({ filter: /^copy\d+:/ }, ({ path, importer }) => {
			const [, namespace, name] = /^(copy\d+):(.*)$/.exec(path);
			return { path: resolve(dirname(importer), name), namespace };
		});
		setup.onResolve({ filter: /^\./ }, ({ path, importer, namespace }) =>
			namespace.startsWith("copy") ? { path: resolve(dirname(importer), path), namespace } : undefined,
		);
		for (let number = 1; number <= 20; number++)
			setup.onLoad({ filter: /\.ts$/, namespace: `copy${number}` }, ({ path }) => ({
				contents: readFileSync(path, "utf8"),
				loader: "ts",
				resolveDir: dirname(path),
			}));
	},
};

/** The compiled programs of workerd's bundle as functions: it allows none to be made of a text. */
export function functionsModule({ transforms, functions }) {
	const entries = Object.entries(functions).map(([key, { kind, args }]) => {
		const prefix = kind === "AsyncFunction" ? "async " : "";
		return `${JSON.stringify(key)}: ${prefix}function anonymous(${args.slice(0, -1).join(", ")}) {\n${args.at(-1)}\n}`;
	});
	return `globalThis.holdfastPrograms = { transforms: ${JSON.stringify(transforms)}, functions: {\n${entries.join(",\n")}\n} };\n`;
}
