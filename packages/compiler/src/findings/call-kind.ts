import { type FunctionNode, type Node, unwrap } from "../syntax.ts";
import { type Binding, functionValue, keyOf } from "./bindings.ts";
import { combinators, coroutineFunctions, coroutineMethods, givesPromises, isHoldfast } from "./library.ts";
import { directivesOf, memberName, type Place } from "./place.ts";

/**
 * What a call gives:
 * - `"task"`: it calls an async function that is compiled, so it is a task of whoever calls;
 * - `"promise"`: of foreign code, or of a native function: nobody owns what goes on behind it;
 * - `"coroutine"`: it describes a call, and starts nothing;
 * - `"owned"`: a task that a group owns.
 */
export type CallKind = "task" | "promise" | "coroutine" | "owned";

type Call = Node & { type: "CallExpression" };

/** What a call gives, as far as this file tells, or else the type checker. `undefined` where neither knows. */
export function callKind(call: Call, place: Place, depth?: number): CallKind | undefined {
	return calleeKind(unwrap(call.callee), place, depth) ?? typedKind(call, place);
}

function typedKind(call: Call, place: Place): CallKind | undefined {
	const type = place.source.typeOf?.(call);
	switch (type?.kind) {
		case "coroutine":
			return "coroutine";
		case "task":
			return "owned";
		case "promise":
			return type.isOwn === true ? "task" : "promise";
	}
	return undefined;
}

/** What a call of this function gives. */
export function calleeKind(callee: Node, place: Place, depth?: number): CallKind | undefined {
	const name = callee.type === "Identifier" ? callee.name : memberName(callee);
	if (name !== undefined && !place.mayStart(name)) return undefined;
	const written = functionValue(callee);
	if (written !== undefined) return functionKind(written, place);
	const imported = place.importOf(callee, depth);
	if (imported !== undefined) return importKind(imported.source, imported.name);
	if (callee.type === "Identifier") {
		const binding = place.resolve(callee.name, depth);
		if (binding === undefined) return callee.name === "fetch" ? "promise" : undefined;
		return bindingKind(binding, place);
	}
	if (callee.type === "CallExpression") return madeKind(callee, place, depth);
	return callee.type === "MemberExpression" ? memberKind(callee, place, depth) : undefined;
}

function importKind(source: string, name: string): CallKind | undefined {
	if (isHoldfast(source)) return coroutineFunctions.has(name) ? "coroutine" : undefined;
	return givesPromises(source) ? "promise" : undefined;
}

function functionKind(node: FunctionNode, place: Place): CallKind | undefined {
	if (!node.async || node.generator) return undefined;
	const mode = directivesOf(node) ?? directivesOf(place.source.program) ?? place.source.mode;
	return mode === "native" ? "promise" : "task";
}

function bindingKind(binding: Binding, place: Place): CallKind | undefined {
	if (binding.kind === "function") return functionKind(binding.node as FunctionNode, place);
	if (binding.kind !== "constant" || binding.key !== undefined || binding.init === undefined) return undefined;
	const init = unwrap(binding.init);
	const written = functionValue(init);
	if (written !== undefined) return functionKind(written, place);
	return init.type === "CallExpression" ? madeKind(init, place, binding.depth) : undefined;
}

/** What a call of the function gives that this call makes: `coroutine(function* …)`. */
function madeKind(maker: Call, place: Place, depth?: number): CallKind | undefined {
	return place.holdfastName(maker.callee, depth) === "coroutine" ? "coroutine" : undefined;
}

function memberKind(callee: Node & { type: "MemberExpression" }, place: Place, depth?: number): CallKind | undefined {
	const name = memberName(callee);
	if (name === undefined) return undefined;
	const object = unwrap(callee.object);
	if (place.isGroup(object, depth)) {
		if (name === "spawn" || name === "spawnWith") return "owned";
		return coroutineMethods.TaskGroup?.includes(name) === true ? "coroutine" : undefined;
	}
	if (object.type === "ThisExpression" || name.startsWith("#")) {
		const owner = classOfThis(place, depth, name.startsWith("#"));
		return owner === undefined ? undefined : methodKind(owner, name, place);
	}
	if (object.type === "MemberExpression" && memberName(object) === "promises") {
		const base = place.importOf(object, depth);
		return isPromiseHolder(base?.source) ? "promise" : undefined;
	}
	if (object.type !== "Identifier") return undefined;
	if (place.isGlobal(object, "Promise", depth)) return combinatorKind(name);
	const binding = place.resolve(object.name, depth);
	if (binding?.name === "promises" && isPromiseHolder(binding.source)) return "promise";
	return binding?.kind === "constant" ? methodOfConstant(binding, name, place) : undefined;
}

/** Modules of Node with a member `promises` whose functions give promises. */
function isPromiseHolder(source: string | undefined): boolean {
	return source !== undefined && /^(?:node:)?(?:fs|dns|stream|readline|timers)$/.test(source);
}

/** What goes on behind `Promise.all(…)` belongs to whom its promises belong to. */
function combinatorKind(name: string): CallKind | undefined {
	return combinators.has(name) ? "task" : undefined;
}

function methodOfConstant(binding: Binding, name: string, place: Place): CallKind | undefined {
	const init = binding.init === undefined ? undefined : unwrap(binding.init);
	if (init?.type === "CallExpression") {
		const maker = place.holdfastName(init.callee, binding.depth);
		if (maker === undefined) return undefined;
		if (maker === "createChannel") return libraryMethod(binding.key, name);
		return binding.key === undefined ? libraryMethod(maker, name) : undefined;
	}
	if (binding.key !== undefined) return undefined;
	if (init?.type === "NewExpression") {
		const library = place.holdfastName(init.callee, binding.depth);
		if (library !== undefined) return libraryMethod(library, name);
		const made = init.callee.type === "Identifier" ? place.resolve(init.callee.name, binding.depth) : undefined;
		return made?.kind === "class" ? methodKind(made.node, name, place) : undefined;
	}
	if (init?.type !== "ObjectExpression") return undefined;
	for (const property of init.properties) {
		if (property.type !== "Property" || keyOf(property) !== name) continue;
		const written = functionValue(property.value as Node);
		return written === undefined ? undefined : functionKind(written, place);
	}
	return undefined;
}

function libraryMethod(owner: string | undefined, name: string): CallKind | undefined {
	const methods = owner === undefined || !Object.hasOwn(coroutineMethods, owner) ? undefined : coroutineMethods[owner];
	return methods?.includes(name) === true ? "coroutine" : undefined;
}

/** The class whose instance, or which itself, `this` is; for private names any class around. */
function classOfThis(place: Place, depth: number | undefined, isPrivate: boolean): Node | undefined {
	for (let index = depth ?? place.path.length - 1; index > 0; index--) {
		const node = place.path[index] as Node;
		if (node.type === "ClassBody") return place.path[index - 1];
		if (isPrivate || (node.type !== "FunctionExpression" && node.type !== "FunctionDeclaration")) continue;
		const holder = place.path[index - 1];
		if (holder?.type !== "MethodDefinition") return undefined;
	}
	return undefined;
}

function methodKind(owner: Node, name: string, place: Place): CallKind | undefined {
	for (const member of (owner as Node & { type: "ClassDeclaration" }).body.body) {
		if (member.type !== "MethodDefinition" && member.type !== "PropertyDefinition") continue;
		if (keyOf(member) !== name) continue;
		if (member.type === "MethodDefinition" && member.kind !== "method") return undefined;
		const written = functionValue((member.value ?? undefined) as Node | undefined);
		return written === undefined ? undefined : functionKind(written, place);
	}
	return undefined;
}
