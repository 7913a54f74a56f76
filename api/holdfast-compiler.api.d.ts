// @holdfast/compiler
//   AsyncArgument
//   CompileError
//   CompilerOptions
//   Diagnostic
//   DroppedCall
//   FileSettings
//   Finding
//   FindingLevels
//   FindingRule
//   FunctionForm
//   FunctionReport
//   HoldfastConfig
//   LoadedConfig
//   ModuleFormat
//   OptionError
//   Override
//   ResolvedOptions
//   SourceMap
//   Structure
//   Survey
//   SurveyOptions
//   SurveyPlace
//   Ticks
//   TransformOptions
//   TransformResult
//   defineConfig
//   findConfig
//   loadOptions
//   mayNeedTransform
//   resolveOptions
//   survey
//   transform

// @holdfast/compiler/bun
//   default

// @holdfast/compiler/esbuild
//   default

// @holdfast/compiler/findings
//   CallType
//   FindingRule
//   Found
//   Mode
//   Node
//   RuntimeKeys
//   Source
//   SourceComment
//   Suggestion
//   findingCode
//   findingPage
//   findingRules
//   inspect
//   isFindingRule
//   runtimeKeysOf
//   spanOf

// @holdfast/compiler/jest
//   JestOptions
//   JestTransformOptions
//   JestTransformed
//   JestTransformer
//   createTransformer
//   default

// @holdfast/compiler/loader
//   registerCompiler

// @holdfast/compiler/outliving
//   outliving

// @holdfast/compiler/register

// @holdfast/compiler/rolldown
//   default

// @holdfast/compiler/rollup
//   default

// @holdfast/compiler/rspack
//   default

// @holdfast/compiler/vite
//   default

// @holdfast/compiler/webpack
//   default

// dist/bun.d.ts
declare const plugin: UnpluginInstance<CompilerOptions | undefined, false>["bun"];
export default plugin;

// dist/config.d.ts
export declare function defineConfig(config: HoldfastConfig): HoldfastConfig;
export declare function loadOptions(options?: CompilerOptions, environment?: Readonly<Record<string, string | undefined>>, from?: string): ResolvedOptions;
export declare function findConfig(directory: string): LoadedConfig | undefined;

// dist/diagnostics.d.ts
export interface Diagnostic {
    readonly code: string;
    readonly message: string;
    readonly line: number;
    readonly column: number;
    readonly severity: "info" | "warning";
}

// dist/directives.d.ts
export type Mode = "native" | Structure;

// dist/errors.d.ts
export declare class CompileError extends Error {
    readonly name: string;
    readonly code: string;
    readonly reason: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
    constructor(reason: string, file: string, code: string, line: number, column: number);
}
export declare class OptionError extends TypeError {
    readonly name: string;
    readonly code: string;
}

// dist/esbuild.d.ts
declare const plugin: UnpluginInstance<CompilerOptions | undefined, false>["esbuild"];
export default plugin;

// dist/findings/finding.d.ts
export interface Finding extends Diagnostic {
    readonly rule: FindingRule;
    readonly page: string;
}
export type FindingLevels = Readonly<Partial<Record<FindingRule, "warn" | "off">>>;

// dist/findings/found.d.ts
export interface Suggestion {
    readonly message: string;
    readonly edits: readonly {
        readonly start: number;
        readonly end: number;
        readonly text: string;
    }[];
}
export interface Found {
    readonly rule: FindingRule;
    readonly node: Node;
    readonly message: string;
    readonly suggestions?: readonly Suggestion[];
}

// dist/findings/inspector.d.ts
export declare function inspect(source: Source, lineOf: (offset: number) => number): readonly Found[];

// dist/findings/place.d.ts
export interface SourceComment {
    readonly value: string;
    readonly start: number;
    readonly end: number;
}
export interface CallType {
    readonly kind: "coroutine" | "task" | "promise" | "other";
    readonly isOwn?: boolean;
}
export interface Source {
    readonly program: Node & {
        type: "Program";
    };
    readonly text: string;
    comments(): readonly SourceComment[];
    readonly keys: RuntimeKeys;
    readonly mode: Mode;
    readonly typeOf?: (call: Node) => CallType | undefined;
}
export declare function spanOf(node: Node): readonly [number, number];

// dist/findings/rule-names.d.ts
export declare const findingRules: {
    readonly "async-executor": "an async function as the executor of a Promise";
    readonly "busy-loop": "a loop without an await that nothing can end";
    readonly "call-instead-of-function": "a call where a function is wanted";
    readonly "floating-task": "a call whose task nobody can see";
    readonly "ignore-comment": "a `holdfast-ignore` comment that is wrong or of no use";
    readonly "not-disposable": "`using` of a value that cannot be disposed of";
    readonly "race-for-timeout": "a race against a timer where a timeout is meant";
    readonly "swallowed-cancellation": "a catch that stops a cancellation";
    readonly "swallowed-error": "a handler that drops every error";
    readonly "unprotected-cleanup": "a wait in a finally that a cancellation cuts short";
    readonly "unreachable-cleanup": "cleanup that may never run";
    readonly "unsafe-finally": "a finally that throws away an error or a cancellation";
    readonly "unstarted-coroutine": "a coroutine that nothing starts";
    readonly "yield-without-star": "`yield` where `yield*` is meant";
};
export type FindingRule = keyof typeof findingRules;
export declare function isFindingRule(name: string): name is FindingRule;
export declare function findingCode(rule: FindingRule): string;
export declare function findingPage(rule: FindingRule): string;

// dist/function-report.d.ts
export type FunctionForm = "plain" | "generator" | "native";
export interface FunctionReport {
    readonly name: string;
    readonly line: number;
    readonly column: number;
    readonly hasAwait: boolean;
    readonly isGenerator: boolean;
    readonly form: FunctionForm;
    readonly reason?: string;
}

// dist/jest.d.ts
export interface JestOptions extends CompilerOptions {
    readonly transformer?: string | readonly [name: string, options: Readonly<Record<string, unknown>>];
}
export interface JestTransformOptions {
    readonly config: {
        readonly rootDir: string;
    };
    readonly configString: string;
    readonly instrument: boolean;
    readonly supportsStaticESM: boolean;
    readonly transformerConfig?: unknown;
}
export interface JestTransformed {
    readonly code: string;
    readonly map?: unknown;
}
export interface JestTransformer {
    readonly canInstrument?: boolean;
    process(source: string, path: string, options: JestTransformOptions): JestTransformed;
    getCacheKey?(source: string, path: string, options: JestTransformOptions): string;
}
export declare function createTransformer(options?: JestOptions): Promise<JestTransformer>;
declare const transformer: {
    createTransformer: typeof createTransformer;
};
export default transformer;

// dist/loader.d.ts
export declare function registerCompiler(options?: CompilerOptions): void;

// dist/options.d.ts
export type Structure = "function" | "scope";
export type Bodies = "plain" | "generators";
export type Ticks = "default" | "native";
export interface Override {
    readonly files: string | readonly string[];
    readonly structure?: Structure;
    readonly ticks?: Ticks;
    readonly native?: boolean;
    readonly findings?: boolean | FindingLevels;
}
export interface HoldfastConfig {
    readonly include?: string | readonly string[];
    readonly exclude?: string | readonly string[];
    readonly structure?: Structure;
    readonly ticks?: Ticks;
    readonly findings?: boolean | FindingLevels;
    readonly overrides?: readonly Override[];
}
export interface CompilerOptions extends HoldfastConfig {
    readonly root?: string;
    readonly config?: string | false;
}
export interface LoadedConfig {
    readonly path: string;
    readonly directory: string;
    readonly config: HoldfastConfig;
}
export interface FileSettings {
    readonly structure: Structure;
    readonly ticks: Ticks;
    readonly native: boolean;
}
export interface ResolvedOptions {
    readonly structure: Structure;
    readonly ticks: Ticks;
    readonly root: string;
    readonly config: string | undefined;
    includes(path: string): boolean;
    settings(path: string): FileSettings;
    findings(path: string): FindingLevels | false;
    readonly printsFindings: boolean;
}
type Environment = Readonly<Record<string, string | undefined>>;
export declare function resolveOptions(options?: CompilerOptions, environment?: Environment, config?: LoadedConfig): ResolvedOptions;

// dist/outliving/recorder.d.ts
export interface OutlivingRecord {
    readonly caller: string;
    readonly callerPlace: string;
    readonly callee: string;
    readonly place: string;
    times: number;
    unfinished: number;
    longest: number;
}
export interface Activation {
    readonly name: string;
    readonly place: string;
    readonly started: Set<Activation>;
    readonly by: Call | undefined;
    late: {
        readonly record: OutlivingRecord;
        readonly since: number;
    } | undefined;
}
interface Call {
    readonly activation: Activation;
    readonly callee: string;
    readonly place: string;
    readonly task: Task | undefined;
}
export declare class OutlivingRecorder {
    #private;
    constructor(now?: () => number);
    get tasks(): number;
    enter(name: string, place: string): Activation;
    call<T>(activation: Activation, callee: string, place: string, call: () => T): T;
    leave(activation: Activation): void;
    get records(): OutlivingRecord[];
}

// dist/outliving/runtime.d.ts
export declare const outliving: OutlivingRecorder;

// dist/parse.d.ts
export type ModuleFormat = "module" | "commonjs";

// dist/rolldown.d.ts
declare const plugin: UnpluginInstance<CompilerOptions | undefined, false>["rolldown"];
export default plugin;

// dist/rollup.d.ts
declare const plugin: UnpluginInstance<CompilerOptions | undefined, false>["rollup"];
export default plugin;

// dist/rspack.d.ts
declare const plugin: UnpluginInstance<CompilerOptions | undefined, false>["rspack"];
export default plugin;

// dist/scan.d.ts
export declare function mayNeedTransform(code: string): boolean;

// dist/source-map.d.ts
export interface SourceMap {
    readonly version: 3;
    readonly file?: string;
    readonly sources: string[];
    readonly sourcesContent: string[];
    readonly names: string[];
    readonly mappings: string;
}

// dist/survey.d.ts
export interface SurveyPlace {
    readonly line: number;
    readonly column: number;
}
export interface DroppedCall extends SurveyPlace {
    readonly callee: string;
    readonly caller: string;
    readonly callerPlace: SurveyPlace;
    readonly structure: Structure;
    readonly target: {
        readonly kind: "local" | "callback";
    } | {
        readonly kind: "method";
        readonly name: string;
    } | {
        readonly kind: "import";
        readonly module: string;
        readonly name: string;
    };
}
export interface AsyncArgument extends SurveyPlace {
    readonly module: string;
    readonly callee: string;
}
export interface Survey {
    readonly directives: readonly ({
        readonly directive: string;
        readonly caller: string;
    } & SurveyPlace)[];
    readonly dropped: readonly DroppedCall[];
    readonly asyncArguments: readonly AsyncArgument[];
    readonly asyncExports: readonly string[];
    readonly asyncMethods: readonly string[];
    readonly otherMethods: readonly string[];
    readonly imports: readonly string[];
}
export interface SurveyOptions {
    readonly filename: string;
    readonly structure?: Structure;
    readonly native?: boolean;
    readonly format?: ModuleFormat;
}
export declare function survey(code: string, options: SurveyOptions): Survey;

// dist/syntax.d.ts
export type RuntimeKeys = (node: Node) => readonly string[];
export declare function runtimeKeysOf(visitorKeys: Readonly<Record<string, readonly string[]>>): RuntimeKeys;

// dist/transform.d.ts
export interface TransformOptions {
    readonly filename: string;
    readonly ticks?: Ticks;
    readonly structure?: Structure;
    readonly native?: boolean;
    readonly sourcemap?: boolean;
    readonly root?: string;
    readonly format?: ModuleFormat;
    readonly findings?: boolean | FindingLevels;
    readonly bodies?: Bodies;
}
export interface TransformResult {
    readonly code: string;
    readonly map: SourceMap | null;
    readonly changed: boolean;
    readonly format?: ModuleFormat;
    readonly diagnostics: readonly Diagnostic[];
    readonly functions: readonly FunctionReport[];
    readonly findings: readonly Finding[];
}
export declare function transform(code: string, options: TransformOptions): TransformResult;

// dist/vite.d.ts
declare const plugin: UnpluginInstance<CompilerOptions | undefined, false>["vite"];
export default plugin;

// dist/webpack.d.ts
declare const plugin: UnpluginInstance<CompilerOptions | undefined, false>["webpack"];
export default plugin;
