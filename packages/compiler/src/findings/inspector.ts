import type { Node } from "../syntax.ts";
import { asyncExecutor } from "./async-executor.ts";
import { busyLoop } from "./busy-loop.ts";
import { callInsteadOfFunction } from "./call-instead-of-function.ts";
import { floatingTask } from "./floating-task.ts";
import type { Found, Report } from "./found.ts";
import { applyIgnores, mayIgnore } from "./ignore-comments.ts";
import { notDisposable } from "./not-disposable.ts";
import { calledName, lateFunctions, Place, type Source } from "./place.ts";
import { raceForTimeout } from "./race-for-timeout.ts";
import { swallowedCancellation } from "./swallowed-cancellation.ts";
import { swallowedError } from "./swallowed-error.ts";
import { unprotectedCleanup } from "./unprotected-cleanup.ts";
import { unreachableCleanup } from "./unreachable-cleanup.ts";
import { unsafeFinally } from "./unsafe-finally.ts";
import { unstartedCoroutine } from "./unstarted-coroutine.ts";
import { yieldWithoutStar } from "./yield-without-star.ts";

/** Applies the rules while somebody else walks the tree. */
export class Inspector {
	readonly #place: Place;
	readonly #found: Found[] = [];
	readonly #report: Report = (found) => void this.#found.push(found);

	/** @param path the walker's own path, from the program down; {@link enter} is called when its last node has been put on it */
	constructor(source: Source, path: readonly Node[]) {
		this.#place = new Place(source, path);
	}

	/** Looks at the node that the walker has just come to. */
	enter(node: Node): void {
		const { type } = node;
		// Most nodes are one of these.
		if (type === "Identifier" || type === "MemberExpression" || type === "Literal" || type === "BlockStatement") return;
		switch (node.type) {
			case "ExpressionStatement":
				this.#statement(node);
				break;
			case "CallExpression":
				this.#call(node);
				break;
			case "ArrowFunctionExpression":
				if (!node.async && node.body.type !== "BlockStatement") floatingTask(node, this.#place, this.#report);
				break;
			case "TryStatement":
				swallowedError(node, this.#place, this.#report);
				swallowedCancellation(node, this.#place, this.#report);
				unprotectedCleanup(node, this.#place, this.#report);
				unsafeFinally(node, this.#place, this.#report);
				unreachableCleanup(node, this.#place, this.#report);
				break;
			case "VariableDeclaration":
				notDisposable(node, this.#place, this.#report);
				break;
			case "NewExpression":
				asyncExecutor(node, this.#place, this.#report);
				break;
			case "YieldExpression":
				if (!node.delegate) yieldWithoutStar(node, this.#place, this.#report);
				break;
			case "ForStatement":
			case "WhileStatement":
			case "DoWhileStatement":
				busyLoop(node, this.#place, this.#report);
				break;
			case "ReturnStatement":
			case "ThrowStatement":
				unreachableCleanup(node, this.#place, this.#report);
		}
	}

	#statement(node: Node & { type: "ExpressionStatement" }): void {
		const place = this.#place;
		const { type } = node.expression;
		if (type === "AssignmentExpression" || type === "UpdateExpression" || type === "Literal") return;
		if (type !== "AwaitExpression" && type !== "YieldExpression") floatingTask(node, place, this.#report);
		if (place.isHoldfastFile || place.source.typeOf !== undefined) unstartedCoroutine(node, place, this.#report);
		if (place.isHoldfastFile || (type === "CallExpression" && calledName(node.expression.callee) === "defer"))
			unreachableCleanup(node, place, this.#report);
	}

	/** Calls are what most files are made of: most are of no interest by their name alone. */
	#call(node: Node & { type: "CallExpression" }): void {
		const place = this.#place;
		if (place.isHoldfastFile) callInsteadOfFunction(node, place, this.#report);
		const name = calledName(node.callee);
		if (name === undefined) return;
		if (name === "race") raceForTimeout(node, place, this.#report);
		else if (name === "exit") unreachableCleanup(node, place, this.#report);
		else if (name === "catch" || name === "then" || name === "on" || name === "once")
			swallowedError(node, place, this.#report);
		else if (name.length > 7 && lateFunctions.has(name)) floatingTask(node, place, this.#report);
	}

	/**
	 * What has been found, in the order of the text, without what comments ask to be silent about.
	 *
	 * @param lineOf the 0-based line of a place in the text
	 */
	finish(lineOf: (offset: number) => number): readonly Found[] {
		const startOf = ({ node }: Found): number => this.#place.start(node);
		let found: Found[] = this.#found;
		const { source } = this.#place;
		if (this.#place.isHoldfastFile && mayIgnore(source.text))
			found = [
				...applyIgnores(found, source.comments(), lineOf, startOf, this.#report),
				...this.#found.filter(isIgnore),
			];
		return found.sort((one, other) => startOf(one) - startOf(other));
	}
}

function isIgnore({ rule }: Found): boolean {
	return rule === "ignore-comment";
}

/** Walks a tree and applies every rule. */
export function inspect(source: Source, lineOf: (offset: number) => number): readonly Found[] {
	const path: Node[] = [];
	const inspector = new Inspector(source, path);
	const walk = (node: Node): void => {
		path.push(node);
		inspector.enter(node);
		const fields = node as unknown as Record<string, Node | (Node | null)[] | null | undefined>;
		for (const key of source.keys(node)) {
			const value = fields[key];
			if (Array.isArray(value)) {
				for (const child of value) if (child !== null) walk(child);
			} else if (value !== null && value !== undefined) walk(value);
		}
		path.pop();
	};
	walk(source.program);
	return inspector.finish(lineOf);
}
