// Arrows point one way. Run as a script it checks this repository; `checkArrows` takes any root.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { readModule } from "./import-graph.mjs";
import { root as repository } from "./nodes.mjs";

/** Which workspace packages each package may import. Houses outside packages/ may import all of them. */
const mayImport = {
	holdfast: [],
	"@holdfast/compiler": ["holdfast"],
	"@holdfast/node": ["holdfast"],
	"@holdfast/interop": ["holdfast", "@holdfast/node"],
	"@holdfast/testing": ["holdfast"],
	"@holdfast/eslint-plugin": ["@holdfast/compiler"],
	"@holdfast/cli": ["holdfast", "@holdfast/compiler"],
};
const outerHouses = ["examples", "bench", "conformance"];
const kernel = "packages/holdfast/src/kernel/";
const loops = /^packages\/holdfast\/src\/loops(\/|\.ts$)/;
const promiseNames = new Set(["Promise", "PromiseLike"]);

/** @returns {string[]} one line per violation */
export function checkArrows(root) {
	const violations = [];
	const houses = findHouses(root);
	const graph = new Map();

	for (const house of houses) {
		for (const file of sourceFiles(root, house)) {
			const module = readModule(join(root, file));
			const isTest = /\.test(-d)?\.[cm]?tsx?$/.test(file);
			const report = (line, message) => violations.push(`${file}:${line} ${message}`);
			const targets = [];
			for (const { specifier, typeOnly, line } of module.imports) {
				const own = ownSources(house, specifier);
				if (own.length > 0) {
					if (!typeOnly) targets.push(...own);
					const problems = own.map((target) => judgeSibling(house, file, target, typeOnly, isTest));
					const problem = problems.find((each) => each !== undefined);
					if (problem !== undefined) report(line, problem);
					continue;
				}
				const target = specifier.startsWith(".") ? toPath(join(dirname(file), specifier)) : sourceOf(houses, specifier);
				if (target !== undefined && !typeOnly) targets.push(target);
				const problem = specifier.startsWith(".")
					? judgeSibling(house, file, target, typeOnly, isTest)
					: judgeName(house, houses, specifier, isTest);
				if (problem !== undefined) report(line, problem);
			}
			graph.set(file, targets);
			if (file.startsWith(kernel) && !isTest) findPromises(module, report);
		}
	}
	return [...violations, ...findCycles(graph).map((cycle) => `import cycle: ${cycle.join(" → ")}`)];
}

function judgeSibling(house, file, target, typeOnly, isTest) {
	if (!target.startsWith(`${house.directory}/`))
		return `leaves ${house.directory} for ${target}; import a package by its name`;
	if (!file.startsWith(kernel) || isTest || target.startsWith(kernel)) return undefined;
	if (!loops.test(target)) return `the kernel imports ${target}, which stands above it`;
	return typeOnly ? undefined : `the kernel may import loops as a type only (${target})`;
}

function judgeName(house, houses, specifier, isTest) {
	const name = packageName(specifier);
	const isOuter = house.name === undefined;
	if (isOuter || isTest) return undefined;
	if (house.name === "holdfast") return `the core imports nothing outside itself (${specifier})`;
	if (isBuiltin(specifier)) return undefined;
	if (houses.some((other) => other.name === name)) {
		if (name === house.name) return `${house.name} imports itself by name; import the file`;
		if (!mayImport[house.name]?.includes(name)) return `${house.name} may not import ${name}`;
	}
	return house.declared.has(name) ? undefined : `${name} is not among the dependencies of ${house.name}`;
}

function findPromises(module, report) {
	const promise = (node) => {
		if (promiseNames.has(node.name)) report(module.lineOf(node.start), `the kernel knows no ${node.name}`);
	};
	const asynchronous = (node) => {
		if (node.async) report(module.lineOf(node.start), "the kernel has no async function");
	};
	module.visit({
		Identifier: promise,
		FunctionDeclaration: asynchronous,
		FunctionExpression: asynchronous,
		ArrowFunctionExpression: asynchronous,
		AwaitExpression(node) {
			report(module.lineOf(node.start), "the kernel has no await");
		},
		ForOfStatement(node) {
			if (node.await) report(module.lineOf(node.start), "the kernel has no for await");
		},
		VariableDeclaration(node) {
			if (node.kind === "await using") report(module.lineOf(node.start), "the kernel has no await using");
		},
		CallExpression(node) {
			const property = node.callee.type === "MemberExpression" ? node.callee.property : undefined;
			if ((property?.name ?? property?.value) === "then")
				report(module.lineOf(node.start), "the kernel calls no .then()");
		},
	});
}

/** Cycles of imports that run. `import type` is erased and may point back. */
function findCycles(graph) {
	const cycles = [];
	const state = new Map();
	const visit = (file, path) => {
		state.set(file, "open");
		for (const target of graph.get(file) ?? []) {
			if (state.get(target) === "open") cycles.push([...path.slice(path.indexOf(target)), target]);
			else if (!state.has(target)) visit(target, [...path, target]);
		}
		state.set(file, "closed");
	};
	for (const file of graph.keys()) if (!state.has(file)) visit(file, [file]);
	return cycles;
}

function findHouses(root) {
	const packages = readdirSync(join(root, "packages")).flatMap((entry) => {
		const manifest = join(root, "packages", entry, "package.json");
		if (!existsSync(manifest)) return [];
		const { name, dependencies, peerDependencies, exports, imports } = JSON.parse(readFileSync(manifest, "utf8"));
		const declared = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
		return [{ directory: `packages/${entry}`, name, declared, exports, imports }];
	});
	const outer = outerHouses.filter((house) => existsSync(join(root, house))).map((directory) => ({ directory }));
	return [...packages, ...outer];
}

function sourceFiles(root, { directory, name }) {
	const base = name === undefined ? directory : `${directory}/src`;
	if (!existsSync(join(root, base))) return [];
	return readdirSync(join(root, base), { recursive: true })
		.map((file) => toPath(join(base, file)))
		.filter((file) => /\.([cm]?[jt]s|tsx)$/.test(file) && !/\/(node_modules|dist|fixtures)\/|\.d\.ts$/.test(file))
		.sort();
}

/** The source files behind `#host`, one per kind of host. */
function ownSources({ directory, imports }, specifier) {
	const sources = imports?.[specifier]?.["@holdfast/source"] ?? {};
	return [...new Set(Object.values(sources))].map((path) => toPath(join(directory, path)));
}

/** The source file behind `holdfast/loops`, from the package's `@holdfast/source` condition. */
function sourceOf(houses, specifier) {
	const name = packageName(specifier);
	const house = houses.find((candidate) => candidate.name === name);
	const entry = house?.exports?.[`.${specifier.slice(name.length)}`]?.["@holdfast/source"];
	return entry === undefined ? undefined : toPath(join(house.directory, entry));
}

function packageName(specifier) {
	return specifier
		.split("/")
		.slice(0, specifier.startsWith("@") ? 2 : 1)
		.join("/");
}

function toPath(path) {
	return path.split(sep).join("/");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	const violations = checkArrows(repository);
	for (const violation of violations) console.log(violation);
	console.log(violations.length === 0 ? "arrows: all point one way" : `arrows: ${violations.length} violations`);
	process.exitCode = violations.length === 0 ? 0 : 1;
}
