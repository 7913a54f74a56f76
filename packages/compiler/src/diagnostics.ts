/** A construct that the compiler has left as it was, and where it stands. */
export interface Diagnostic {
	/** A stable name, for example `HOLDFAST_NATIVE_EVAL`. */
	readonly code: string;
	/** What was left, why, and what to write instead. */
	readonly message: string;
	/** Line of the function, counted from 1. */
	readonly line: number;
	/** Column of the function, counted from 1. */
	readonly column: number;
	/** `"info"` where the author asked for it (`"use native"`, or the configuration), else `"warning"`. */
	readonly severity: "info" | "warning";
}

/** Why an async function is left native. The keys are the ends of the diagnostics' codes. */
export const nativeReasons = {
	DIRECTIVE: `has "use native"`,
	FIXTURES: "takes its parameter apart, and the test runner reads from the function's text what it takes",
	CONFIGURATION: "stands in a file that the configuration leaves native",
	EVAL: "contains a direct eval(), which sees the function's own variables; call it as (0, eval)(…)",
	WITH: "contains, or stands in, a `with` statement",
	YIELD_NAME: "uses `yield` as a name; rename it",
	OBJECT_SUPER: "is a method of an object literal that uses `super`; use a class",
	SUPER_FORM:
		"uses `super` in a way that cannot be moved (++, destructuring, ??=, delete, a template tag); use a variable",
	THIS_BEFORE_SUPER: "is an arrow function that uses `this` or `super()` before super() has been called",
	ARGUMENTS:
		"is an arrow function that uses the `arguments` or `new.target` of a parameter list or a module; use a rest parameter",
	SWITCH: "is declared directly in a `switch` case; give the case a block",
	COMPUTED_KEY: "is a method with a computed key outside any function body; move it into a function or a variable",
	DECORATOR:
		"is a decorated method that is private, a generator, in a class without a name, or has decorated parameters; or of a decorated class in a field or a parameter",
	NAME_ASSIGNED: "is a function expression that assigns to its own name",
} as const;

export type NativeReason = keyof typeof nativeReasons;
