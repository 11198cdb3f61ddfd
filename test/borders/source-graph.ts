/**
 * What the source files import, and which globals they name: read from the source with the
 * compiler's own parser.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { TREE } from '../support/root';

/** One import, export-from, `import()` or `require()` of a file. */
export interface Import {
  /** The imported source file, relative to src/ (`job/plan.ts`), or a package's or node's name. */
  readonly target: string;
  readonly isSource: boolean;
  /** True where only types are taken, which leaves no trace in the program. */
  readonly typeOnly: boolean;
}

/** One source file, tests left out. */
export interface SourceFile {
  /** Relative to src/. */
  readonly name: string;
  readonly imports: readonly Import[];
  /** Global names and calls that reach outside: `process`, `Date.now`, `setTimeout`, … */
  readonly effects: readonly string[];
}

const SOURCE = path.join(TREE, 'src');

/** Every source file of the product. */
export function readSources(): readonly SourceFile[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(name))
    .sort()
    .map((name) => readSource(name, readFileSync(path.join(SOURCE, name), 'utf8')));
}

/** One source file by its name relative to src/ and its text. */
export function readSource(name: string, text: string): SourceFile {
  const tree = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  const effects: string[] = [];
  const visit = (node: ts.Node): void => {
    const imported = importOf(node);
    if (imported) imports.push({ ...resolve(name, imported.from), typeOnly: imported.typeOnly });
    const effect = effectOf(node);
    if (effect !== undefined) effects.push(effect);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { name, imports, effects };
}

function importOf(node: ts.Node): { from: string; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const { importClause: clause } = node;
    const named = clause?.namedBindings;
    const typeOnly =
      clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
      (clause !== undefined &&
        clause.name === undefined &&
        named !== undefined &&
        ts.isNamedImports(named) &&
        named.elements.every((element) => element.isTypeOnly));
    return { from: node.moduleSpecifier.text, typeOnly };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    return ts.isStringLiteral(node.moduleSpecifier)
      ? { from: node.moduleSpecifier.text, typeOnly: node.isTypeOnly }
      : undefined;
  }
  if (ts.isCallExpression(node) && loads(node.expression)) {
    const [argument] = node.arguments;
    return argument && ts.isStringLiteral(argument)
      ? { from: argument.text, typeOnly: false }
      : undefined;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const { literal } = node.argument;
    return ts.isStringLiteral(literal) ? { from: literal.text, typeOnly: true } : undefined;
  }
  return undefined;
}

/** `import` or `require`, as what is called. */
function loads(callee: ts.Expression): boolean {
  const isRequire = ts.isIdentifier(callee) && callee.text === 'require';
  return isRequire || callee.kind === ts.SyntaxKind.ImportKeyword;
}

/** `../job/plan` from `kernel/launch.ts` is `job/plan.ts`. */
function resolve(importer: string, from: string): Pick<Import, 'target' | 'isSource'> {
  if (!from.startsWith('.')) return { target: from, isSource: false };
  const base = path.join(path.dirname(importer), from);
  const candidates = [base, `${base}.ts`, `${base}/index.ts`];
  const target = candidates.find((name) => isFile(path.join(SOURCE, name)));
  return { target: target ?? base, isSource: true };
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

const EFFECT_GLOBALS = [
  'process',
  'console',
  'performance',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
];

/** The effect that an expression names, if it names one. */
function effectOf(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node) && EFFECT_GLOBALS.includes(node.text)) {
    return isReference(node) ? node.text : undefined;
  }
  if (ts.isPropertyAccessExpression(node)) {
    const text = `${node.expression.getText()}.${node.name.text}`;
    return ['Date.now', 'Math.random'].includes(text) ? text : undefined;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date') {
    return (node.arguments?.length ?? 0) === 0 ? 'new Date()' : undefined;
  }
  return undefined;
}

/** True for a use of a variable; false for `x.process`, `{ process: 1 }` and declarations. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  return !(
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isQualifiedName(parent) ||
    ts.isTypeReferenceNode(parent) ||
    ((ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent)) &&
      parent.name === node)
  );
}
