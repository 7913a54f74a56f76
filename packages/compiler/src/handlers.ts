import type { BlockStatement, ReturnStatement, StaticBlock, TSModuleBlock } from "oxc-parser";
import type { Node } from "./ast.ts";
import { emitAwait, emitReturn, emitYield } from "./awaits.ts";
import { emitClass, emitClassBody, emitExport, emitMethod } from "./classes.ts";
import { emitCatch, emitTry } from "./control.ts";
import type { Emitter, Handler } from "./emitter.ts";
import { emitFunction, emitFunctionValue } from "./functions.ts";
import { emitLabeled, emitLoop } from "./loops.ts";
import { emitJump, emitPlainReturnStatement } from "./plain-exits.ts";
import { emitAssignment, emitCaptured, emitMember, emitPlainCall, emitProperty } from "./properties.ts";
import { bodyPrologue, emitBlock, emitExpressionStatement, emitList } from "./statements.ts";
import { emitVariables } from "./using.ts";

/** Who emits which node. What is missing is copied, its children emitted. */
export const handlers: Readonly<Record<string, Handler>> = {
	ArrowFunctionExpression: emitFunction,
	AssignmentExpression: emitAssignment,
	AwaitExpression: emitAwait,
	BreakStatement: emitJumpStatement,
	ContinueStatement: emitJumpStatement,
	BlockStatement: (emitter: Emitter, node: BlockStatement) => emitBlock(emitter, node),
	CallExpression: emitPlainCall,
	CatchClause: emitCatch,
	ClassBody: emitClassBody,
	ClassDeclaration: emitClass,
	ClassExpression: emitClass,
	ExportDefaultDeclaration: emitExport,
	ExportNamedDeclaration: emitExport,
	DoWhileStatement: emitLoop,
	ForInStatement: emitLoop,
	ForOfStatement: emitLoop,
	ForStatement: emitLoop,
	FunctionDeclaration: emitFunction,
	FunctionExpression: emitFunction,
	Identifier: emitCaptured,
	LabeledStatement: emitLabeled,
	MemberExpression: emitMember,
	MetaProperty: emitCaptured,
	MethodDefinition: emitMethod,
	MovedDeclaration: (emitter: Emitter, node: Node) => emitFunctionValue(emitter, emitter.infoOf(node)),
	Property: emitProperty,
	PropertyDefinition: emitField,
	AccessorProperty: emitField,
	ReturnStatement: emitReturnStatement,
	StaticBlock: emitStaticBlock,
	SwitchCase: emitSwitchCase,
	TSModuleBlock: (emitter: Emitter, node: TSModuleBlock) => emitModuleBlock(emitter, node),
	TryStatement: emitTry,
	VariableDeclaration: emitVariables,
	WhileStatement: emitLoop,
	YieldExpression: emitYield,
};

function emitReturnStatement(emitter: Emitter, node: ReturnStatement): void {
	const plain = emitter.plainOf.get(emitter.current);
	if (plain === undefined) emitReturn(emitter, node);
	else emitPlainReturnStatement(plain, node);
}

function emitJumpStatement(emitter: Emitter, node: Node): void {
	const plain = emitter.plainOf.get(emitter.current);
	if (plain === undefined) emitter.copy(node.start, node.end);
	else emitJump(plain, node);
}

function emitField(emitter: Emitter, node: Node & { key: Node; value: Node | null }): void {
	const info = emitter.analysis.infoOf.get(node);
	const value = node.value;
	if (info === undefined || value === null) {
		emitter.emitWithin(node, node.start, node.end);
		return;
	}
	emitter.emitWithin(node, node.start, value.start);
	emitter.inFunction(info, () => emitter.emit(value));
	emitter.copy(value.end, node.end);
}

function emitStaticBlock(emitter: Emitter, node: StaticBlock): void {
	const info = emitter.infoOf(node);
	const start = emitter.code.indexOf("{", emitter.skipTrivia(node.start + "static".length)) + 1;
	emitter.copy(node.start, start);
	const list = { statements: node.body, start, end: node.end - 1, kind: "body", host: info } as const;
	emitList(emitter, list, (temporaries) => bodyPrologue(emitter, info, temporaries));
	emitter.copy(node.end - 1, node.end);
}

function emitModuleBlock(emitter: Emitter, node: TSModuleBlock): void {
	emitter.copy(node.start, node.start + 1);
	emitList(emitter, { statements: node.body, start: node.start + 1, end: node.end - 1, kind: "body" });
	emitter.copy(node.end - 1, node.end);
}

function emitSwitchCase(emitter: Emitter, node: Node & { test: Node | null; consequent: readonly Node[] }): void {
	let cursor = node.start;
	if (node.test !== null) {
		emitter.copy(cursor, node.test.start);
		emitter.emit(node.test);
		cursor = node.test.end;
	}
	for (const statement of node.consequent) {
		emitter.copy(cursor, statement.start);
		if (statement.type === "ExpressionStatement") emitExpressionStatement(emitter, statement);
		else emitter.emit(statement);
		cursor = statement.end;
	}
	emitter.copy(cursor, node.end);
}
