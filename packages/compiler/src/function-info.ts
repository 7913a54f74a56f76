import type { FunctionNode, Node } from "./ast.ts";
import type { NativeReason } from "./diagnostics.ts";
import type { Mode } from "./directives.ts";

/** What owns `this`, `arguments`, `super` and variables: functions, and what acts like one in a class. */
export type FunctionKind =
	| "program"
	| "declaration"
	| "expression"
	| "arrow"
	| "class-method"
	| "private-method"
	| "object-method"
	/** Getters, setters and constructors. */
	| "accessor"
	| "field"
	| "static-block";

/** `plain`: runs as a plain function until it suspends. `generator`: the form that takes everything. */
export interface BodyForm {
	readonly form: "plain" | "generator";
	/** Why it is no plain function. */
	readonly reason?: string;
}

/** What is known of one function before anything is emitted. */
export interface FunctionInfo {
	readonly node: Node;
	readonly kind: FunctionKind;
	readonly parent: FunctionInfo | undefined;
	readonly strict: boolean;
	readonly mode: Mode;
	readonly isAsync: boolean;
	readonly isGenerator: boolean;
	/** It stands in the parameter list of `parent`, where no variable of the body can be seen. */
	readonly inParameters: boolean;
	/** A function body or a file is around it that can declare a temporary. */
	readonly hasHost: boolean;
	/** The `MethodDefinition` or `Property` of a method, the statement of a declaration. */
	readonly holder: Node | undefined;
	readonly classInfo: ClassInfo | undefined;
	/** The name the language infers; `undefined` if it comes from a computed key. */
	readonly inferredName: string | undefined;

	/** It becomes a generator. Decided after the whole file has been read. */
	compiled: boolean;
	reason: NativeReason | undefined;
	/** `this` or `super` occurs in it, through arrow functions. */
	usesThis: boolean;
	/** `arguments` occurs in it, through arrow functions. */
	usesArguments: boolean;
	/** A call that is not awaited stands in it, in functions inside that are not async included. */
	hasBareCall: boolean;
	/** An await of its own stands in it. */
	hasAwait: boolean;
	/** How its body was emitted, once that is known. */
	form: BodyForm | undefined;
	/** A direct `eval` stands in it at any depth. */
	containsEval: boolean;
	/** It contains or stands in a `with` statement. */
	touchesWith: boolean;
	usesYieldName: boolean;
	assignsOwnName: boolean;
	/** A later declaration of the same name replaces it. */
	overridden: boolean;
	/** Its body begins with a constant for `arguments`, for arrow functions that are compiled. */
	capturesArguments: boolean;
	/** The same for `new.target`. */
	capturesTarget: boolean;
	/** The outermost compiled arrow function in which `super` occurs: it is given two functions that reach it. */
	wrapsSuper: boolean;
	/** In a constructor: the end of the first `super()` call. */
	superCallEnd: number;
}

/** What is known of one class. */
export interface ClassInfo {
	readonly node: Node;
	readonly name: string | undefined;
	readonly isDerived: boolean;
	/** Private names declared in the class, and the methods among them. */
	readonly privates: Map<string, FunctionInfo | undefined>;
}

/** The parameters and body of a function. */
export function functionOf(info: FunctionInfo): FunctionNode {
	return info.node as FunctionNode;
}

/** `info` and the arrow functions around it, innermost first, and the function they take `this` from. */
export function arrowChain(info: FunctionInfo): { arrows: FunctionInfo[]; home: FunctionInfo } {
	const arrows: FunctionInfo[] = [];
	let home = info;
	while (home.kind === "arrow" && home.parent !== undefined) {
		arrows.push(home);
		home = home.parent;
	}
	return { arrows, home };
}
