import { isWrapper, type Node } from "./syntax.ts";

/**
 * The calls whose value is the value of `expression`: through parentheses, casts, `!`, optional chains and the arms of
 * `?:`, `&&`, `||`, `??` and comma. These are the calls that `await expression` awaits.
 */
export function valueCalls(expression: Node, found: Node[] = []): Node[] {
	switch (expression.type) {
		case "CallExpression":
			found.push(expression);
			break;
		case "ChainExpression":
			valueCalls(expression.expression, found);
			break;
		case "ConditionalExpression":
			valueCalls(expression.consequent, found);
			valueCalls(expression.alternate, found);
			break;
		case "LogicalExpression":
			valueCalls(expression.right, found);
			break;
		case "SequenceExpression":
			valueCalls(expression.expressions.at(-1)!, found);
			break;
		default:
			if (isWrapper(expression.type)) valueCalls((expression as unknown as { expression: Node }).expression, found);
	}
	return found;
}
