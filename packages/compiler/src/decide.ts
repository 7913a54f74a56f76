import type { MethodDefinition } from "oxc-parser";
import type { Analysis, CapturedReference } from "./analysis-state.ts";
import { isFunction, type Node } from "./ast.ts";
import type { NativeReason } from "./diagnostics.ts";
import { arrowChain, type FunctionInfo } from "./function-info.ts";
import type { SuperReference } from "./super-form.ts";

/** Which functions become generators, and what follows from it for the code inside. */
export interface Decisions {
	/** `super` members that are reached by the class's home object or by functions handed in. */
	readonly superVia: ReadonlyMap<Node, "home" | "closure">;
	/** Some method needs its class's home object. */
	readonly usesHome: boolean;
	/** `arguments` and `new.target` that are replaced by constants of the function around. */
	readonly captured: ReadonlyMap<Node, CapturedReference["what"]>;
}

/** Decides for every function of the file; writes `compiled` and `reason` of each. */
export function decide(analysis: Analysis, isModule: boolean): Decisions {
	for (const info of analysis.functions) {
		if (!info.isAsync || info.overridden) continue;
		info.reason ??= ownReason(info);
		info.compiled = info.reason === undefined;
	}
	for (const reference of analysis.superReferences) refuseSuper(reference);
	for (const reference of analysis.captures) refuseCapture(reference, isModule);

	const superVia = new Map<Node, "home" | "closure">();
	for (const { node, info } of analysis.superReferences) {
		const { arrows, home } = arrowChain(info);
		if (home.kind === "class-method" && home.compiled) superVia.set(node, "home");
		else {
			const outermost = arrows.findLast((arrow) => arrow.compiled);
			if (outermost === undefined) continue;
			outermost.wrapsSuper = true;
			superVia.set(node, "closure");
		}
	}
	const captured = new Map<Node, CapturedReference["what"]>();
	for (const { node, info, what } of analysis.captures) {
		const { arrows, home } = arrowChain(info);
		if (!arrows.some((arrow) => arrow.compiled)) continue;
		if (what === "new.target" && !hasTarget(home)) continue;
		captured.set(node, what);
		if (what === "arguments") home.capturesArguments = true;
		else home.capturesTarget = true;
	}
	return { superVia, captured, usesHome: [...superVia.values()].includes("home") };
}

/** In fields, static blocks and async functions `new.target` is undefined, as it is in a generator. */
function hasTarget(home: FunctionInfo): boolean {
	return !home.isAsync && home.kind !== "field" && home.kind !== "static-block";
}

function ownReason(info: FunctionInfo): NativeReason | undefined {
	if (info.mode === "native") return "DIRECTIVE";
	if (info.containsEval) return "EVAL";
	if (info.touchesWith) return "WITH";
	if (info.usesYieldName && !info.strict) return "YIELD_NAME";
	if (info.kind === "expression" && info.assignsOwnName && !info.strict) return "NAME_ASSIGNED";
	const { holder } = info;
	if (info.kind === "declaration" && holder?.type === "SwitchCase") return "SWITCH";
	if (info.inferredName === undefined && !info.hasHost) return "COMPUTED_KEY";
	if (holder?.type === "MethodDefinition" && !mayBeDecorated(info, holder)) return "DECORATOR";
	if (info.kind === "class-method" && !info.hasHost && isDecorated(info.classInfo?.node)) return "DECORATOR";
	if (info.kind === "arrow" && info.usesThis) return derivedConstructorReason(info);
	return undefined;
}

/** A decorator is handed the function that stands in the class: it must find its body by the class's name. */
function mayBeDecorated(info: FunctionInfo, holder: MethodDefinition): boolean {
	const { params } = holder.value;
	if (params.some((parameter) => (parameter as { decorators?: readonly Node[] }).decorators?.length)) return false;
	if (holder.decorators.length === 0) return true;
	return info.kind === "class-method" && !info.isGenerator && info.classInfo?.name !== undefined;
}

function isDecorated(node: Node | undefined): boolean {
	return (node as { decorators?: readonly Node[] } | undefined)?.decorators?.length !== 0;
}

function derivedConstructorReason(info: FunctionInfo): NativeReason | undefined {
	const { arrows, home } = arrowChain(info);
	const { holder } = home;
	if (holder?.type !== "MethodDefinition" || holder.kind !== "constructor" || !home.classInfo?.isDerived)
		return undefined;
	const outermost = arrows.at(-1);
	return outermost !== undefined && outermost.node.start < home.superCallEnd ? "THIS_BEFORE_SUPER" : undefined;
}

function refuseSuper({ form, info }: SuperReference): void {
	const { arrows, home } = arrowChain(info);
	if (home.kind === "object-method" && home.compiled) refuse(home, "OBJECT_SUPER");
	if (form !== "other") return;
	for (const arrow of arrows) refuse(arrow, "SUPER_FORM");
	if (home.kind === "class-method") refuse(home, "SUPER_FORM");
}

function refuseCapture({ info, what }: CapturedReference, isModule: boolean): void {
	const { arrows, home } = arrowChain(info);
	if (what === "new.target" && !hasTarget(home)) return;
	const isReachable =
		home.kind === "program" ? !isModule : isFunction(home.node) && arrows.at(-1)?.inParameters !== true;
	if (!isReachable) for (const arrow of arrows) refuse(arrow, "ARGUMENTS");
}

function refuse(info: FunctionInfo, reason: NativeReason): void {
	if (!info.compiled) return;
	info.compiled = false;
	info.reason = reason;
}
