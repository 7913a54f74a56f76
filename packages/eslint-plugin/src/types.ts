import type { CallType, Node } from "@holdfast/compiler/findings";
import type { SourceCode } from "eslint";

// What is used of TypeScript and typescript-eslint, so that neither has to be installed.
interface TypeScriptNode {
	getSourceFile(): { readonly isDeclarationFile: boolean; readonly fileName: string };
}
interface TypeScriptSymbol {
	readonly name: string;
	readonly declarations?: readonly TypeScriptNode[];
}
interface Type {
	readonly types?: readonly Type[];
	getProperty(name: string): unknown;
	getSymbol(): TypeScriptSymbol | undefined;
}
interface TypeChecker {
	getTypeAtLocation(node: TypeScriptNode): Type;
	getResolvedSignature(node: TypeScriptNode): { readonly declaration?: TypeScriptNode } | undefined;
}
interface ParserServices {
	readonly program?: { getTypeChecker(): TypeChecker } | null;
	readonly esTreeNodeToTSNodeMap?: { get(node: Node): TypeScriptNode | undefined };
}

/** Asks the type checker of typescript-eslint's parser; `undefined` where the file was read without one. */
export function typeReader(sourceCode: SourceCode): ((call: Node) => CallType | undefined) | undefined {
	const { program, esTreeNodeToTSNodeMap: nodes } = (sourceCode.parserServices ?? {}) as ParserServices;
	if (program == null || nodes === undefined) return undefined;
	const checker = program.getTypeChecker();
	return (call) => {
		const node = nodes.get(call);
		return node === undefined ? undefined : callType(node, checker);
	};
}

function callType(node: TypeScriptNode, checker: TypeChecker): CallType {
	const type = checker.getTypeAtLocation(node);
	const parts = type.types ?? [type];
	if (parts.some((part) => isOfHoldfast(part, /^(?:Coroutine|Resource)$/))) return { kind: "coroutine" };
	if (parts.some((part) => isOfHoldfast(part, /^Task$/))) return { kind: "task" };
	if (!parts.some((part) => part.getProperty("then") !== undefined)) return { kind: "other" };
	const file = checker.getResolvedSignature(node)?.declaration?.getSourceFile();
	return { kind: "promise", isOwn: file !== undefined && !file.isDeclarationFile };
}

function isOfHoldfast(type: Type, name: RegExp): boolean {
	const symbol = type.getSymbol();
	if (symbol === undefined || !name.test(symbol.name)) return false;
	return (
		symbol.declarations?.some((node) => /[\\/]holdfast[\\/](?:dist|src)[\\/]/.test(node.getSourceFile().fileName)) ===
		true
	);
}
