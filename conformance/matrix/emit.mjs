/** Writes the program of a front end: all initiators, and a function for each shape around each point. */
import { transform } from "@holdfast/compiler";
import { modules } from "./dialects.mjs";
import { EVERY } from "./expect.mjs";
import { initiators } from "./initiators.mjs";
import { compiledDefinitions, points } from "./points.mjs";
import { shapes } from "./shapes.mjs";
import { CALL } from "./times.mjs";

/** What the text may name of the library. */
const names = [
	..."all allSettled any checkpoint cleanup coroutine forEach interval map moveOnAfter moveOnAt now onExit openTaskGroup race".split(
		" ",
	),
	..."resource retry select serviceGroup shield sleep sleepForever sleepUntil until withCancelScope withDeadline withSignal withTaskGroup withTimeout".split(
		" ",
	),
];
const imported = /import \{ kernel as (\S+) \} from "holdfast\/compiled";?/;

/** Whether code of this dialect can say it. */
export function writable(entry, name, dialect) {
	if (dialect.native && entry.returns) return false;
	return !entry.without?.includes(name);
}

function text(name, dialect) {
	const { declare, wait, protect, callable } = dialect;
	const parts = [dialect.compiled ? compiledDefinitions : ""];
	const exported = { initiators: [], bodies: [] };
	const level = `const r = env.open(); try { if (n > 1) ${wait("level(env, n - 1)")}; else ${wait("env.body(env)")}; env.never("a call"); } finally { env.closing(r); if (n % ${EVERY} === 3) { ${protect(`${wait(`sleep(${CALL})`)};`)} } env.closed(r); }`;
	parts.push(declare("level", "env, n", level));
	parts.push(
		declare(
			"target",
			"env",
			`if (env.depth === 0) ${wait("env.body(env)")}; else ${wait("level(env, env.depth)")}; env.never("a call");`,
		),
	);
	const attempted = `try { env.over({ value: ${wait("env.start(env)")} }); } catch (error) { env.over({ error }); }`;
	parts.push(declare("attempted", "env", attempted));
	const once = `if (env.initiator.ofRun) return ${wait("env.start(env)")}; return ${wait("attempted(env)")};`;
	parts.push(declare("once", "env", once));
	const withTask = `env.res.task = group.spawn(${dialect.fn("", `${wait("sleepForever()")};`)}); try { return ${wait("once(env)")}; } finally { group.cancel(); }`;
	parts.push(
		declare(
			"attempt",
			"env",
			`if (!env.point.needsTask) return ${wait("once(env)")}; return ${wait(`withTaskGroup(${dialect.fn("group", withTask)})`)};`,
		),
	);
	let count = 0;
	for (const [key, entry] of Object.entries(initiators)) {
		if (!writable(entry, name, dialect)) continue;
		const made = `i${count++}`;
		parts.push(declare(made, "env", entry.write(dialect)));
		exported.initiators.push(`${JSON.stringify(key)}: ${callable(made)}`);
	}
	for (const [key, point] of Object.entries(points)) {
		if (!writable(point, name, dialect)) continue;
		for (const [shapeKey, shape] of Object.entries(shapes)) {
			if (!writable(shape, name, dialect)) continue;
			const made = `b${count++}`;
			const wait = `env.arrive(); ${point.text(dialect)} env.never("a wait");`;
			parts.push(declare(made, "env", shape.text(dialect, wait)));
			exported.bodies.push(`${JSON.stringify(`${key}/${shapeKey}`)}: ${callable(made)}`);
		}
	}
	parts.push(`Object.assign(out, { attempt: ${callable("attempt")} });`);
	for (const [key, entries] of Object.entries(exported)) parts.push(`out.${key} = {\n${entries.join(",\n")}\n};`);
	return parts.join("\n");
}

/** The module of one way of writing, loaded for one library: `attempt`, `initiators`, `bodies`. */
export function load(name, lib) {
	const { dialect, options } = modules[name];
	const prologue = `const { ${names.join(", ")} } = lib;\n`;
	let code = prologue + text(name.replace("function", "compiled"), dialect);
	let kernelName = "$k";
	if (options !== undefined) {
		({ code } = transform(code, { filename: "matrix.mjs", sourcemap: false, ...options }));
		kernelName = imported.exec(code)?.[1] ?? kernelName;
		code = code.replace(imported, "");
	}
	const out = { text: code };
	new Function("out", "lib", kernelName, `"use strict";\n${code}`)(out, lib, lib.kernel);
	return out;
}

/** The text of one function with its `try`, as it was written. */
export function sourceOf(name, point, shape) {
	const { dialect } = modules[name];
	const wait = `env.arrive(); ${points[point].text(dialect)} env.never("a wait");`;
	return dialect.declare("body", "env", shapes[shape].text(dialect, wait));
}
