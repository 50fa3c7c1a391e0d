#!/usr/bin/env node
// Starts the program with a Node.js that can run it. Old releases must be able to read this file, so it keeps to the
// syntax of Node.js 14.
import { spawn, spawnSync } from 'child_process';
import { existsSync } from 'fs';
import * as nodeModule from 'module';
import { basename, dirname, join } from 'path';
import { isatty } from 'tty';
import { fileURLToPath, pathToFileURL } from 'url';

var requiredMajor = 26;
var internalError = 70;
var script = fileURLToPath(import.meta.url);
var root = dirname(dirname(script));

if (process.argv.indexOf('run') > 1) holdSignals();
hideExperimentalWarnings();
if (majorOf(process.version) >= requiredMajor) start();
else startAgain(findNode());

/**
 * By default HUP and USR2 would end a daemon that has just been upgraded and still loads, and USR1 would open a debugger to
 * everybody on the machine. What they ask for happens anyway: all files are about to be read and opened.
 */
function holdSignals() {
  ['SIGHUP', 'SIGUSR1', 'SIGUSR2'].forEach(function (signal) {
    process.on(signal, function () {});
  });
}

function start() {
  cacheCompiledCode();
  var source = join(root, 'src', 'main.ts');
  var main = existsSync(source) ? source : join(root, 'dist', 'main.js');
  import(pathToFileURL(main).href).catch(function (error) {
    process.stderr.write('portico: cannot start: ' + ((error && error.stack) || error) + '\n');
    process.exit(internalError);
  });
}

function startAgain(node) {
  if (node === null) {
    process.stderr.write(
      'portico: needs Node.js ' +
        requiredMajor +
        ' or later, this is ' +
        process.version +
        ' (' +
        process.execPath +
        ').\n' +
        howToGetNode(),
    );
    process.exit(internalError);
  }
  var args = [script].concat(process.argv.slice(2));
  // The same process from here on: signals, exit code and pid need no care.
  if (typeof process.execve === 'function') process.execve(node, [node].concat(args), process.env);
  var child = spawn(node, args, { stdio: 'inherit' });
  child.on('error', function (error) {
    process.stderr.write('portico: cannot start ' + node + ': ' + error.message + '\n');
    process.exit(internalError);
  });
  forwardSignals(child);
  child.on('exit', function (code, signal) {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Where npm put us as a part of something, it puts Node.js beside us; where it did so for all (-g), there is no such place. */
function howToGetNode() {
  var above = dirname(root);
  var folder = basename(above) === 'node_modules' ? dirname(above) : root;
  var command = 'npm install node@' + requiredMajor;
  if (existsSync(join(folder, 'package.json'))) return 'This gets it: cd ' + folder + ' && ' + command + '\n';
  return 'Get it from https://nodejs.org\n';
}

function forwardSignals(child) {
  // Ctrl-C on a terminal reaches the child by itself; a second one would mean "at once".
  var isOnTerminal = isatty(0) || isatty(1) || isatty(2);
  ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'].forEach(function (signal) {
    process.on(signal, function () {
      if (isOnTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT')) return;
      child.kill(signal);
    });
  });
}

/** The program of the npm package "node", here or in a folder above, when it is new enough; else null. */
function findNode() {
  for (var folder = root; ; folder = dirname(folder)) {
    var node = join(folder, 'node_modules', '.bin', 'node');
    if (existsSync(node)) {
      var result = spawnSync(node, ['--version'], { encoding: 'utf8' });
      if (result.status === 0 && majorOf(result.stdout) >= requiredMajor) return node;
    }
    if (dirname(folder) === folder) return null;
  }
}

function majorOf(version) {
  return parseInt(version.replace(/^v/, ''), 10);
}

/** node:ffi is experimental; an operator can do nothing about that. */
function hideExperimentalWarnings() {
  var emitWarning = process.emitWarning;
  process.emitWarning = function (warning, options) {
    var type = options !== null && typeof options === 'object' ? options.type : options;
    if (type !== 'ExperimentalWarning') emitWarning.apply(process, arguments);
  };
}

/**
 * Halves the time to start. Code in a cache is trusted like the program itself, so it stays where the program is: Node's own
 * default is a folder in /tmp, which others could have made before us.
 */
function cacheCompiledCode() {
  // Coverage counts less precisely with cached code.
  if (process.env.NODE_V8_COVERAGE || typeof nodeModule.enableCompileCache !== 'function') return;
  var modules = existsSync(join(root, 'node_modules')) ? join(root, 'node_modules') : join(root, '..');
  nodeModule.enableCompileCache(join(modules, '.cache', 'portico'));
}
