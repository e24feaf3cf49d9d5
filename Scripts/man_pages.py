#!/usr/bin/env python3
"""Writes the man pages: rogatory(1), a page for each verb, and node.yaml(5).

    rogatory --experimental-dump-help | man_pages.py VERSION CommandLine.md node.yaml FOLDER

Options come from the argument parser, exit codes from Docs/CommandLine.md, keys from Config/node.yaml:
nothing is said twice.
"""
import json
import os
import re
import sys


def escape(text):
    """Text for roff: no escapes, no requests, and minus signs that can be copied into a shell."""
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return '\n'.join('\\&' + line if line[:1] in ('.', "'") else line for line in text.split('\n'))


def inline(text):
    """`Code` in bold, as it is typed."""
    parts = escape(text).split('`')
    return ''.join(f'\\fB{part}\\fR' if index % 2 else part for index, part in enumerate(parts))


def head(name, section, abstract, version):
    return [f'.TH {escape(name.upper())} {section} "" "rogatory {version}" "Rogatory"', '.nh', '.ad l', '.SH NAME',
            f'{escape(name)} \\- {inline(abstract.rstrip("."))}']


def option_names(argument):
    return ', '.join(('\\-' if name['kind'] == 'short' else '\\-\\-') + escape(name['name'])
                     for name in argument.get('names', []))


def shown(command):
    return [argument for argument in command.get('arguments', [])
            if argument.get('shouldDisplay', True) and argument.get('valueName') != 'help']


def synopsis(path, command):
    words = [f'.B {escape(" ".join(path))}']
    if command.get('subcommands'):
        return words + ['.I verb', '.RI [ option ...]']
    for argument in shown(command):
        value = escape(argument.get('valueName', 'value'))
        repeat = '...' if argument.get('isRepeating') else ''
        if argument['kind'] == 'positional':
            word = f'\\fI{value}\\fR{repeat}'
        else:
            preferred = argument['preferredName']
            word = '\\fB' + ('\\-' if preferred['kind'] == 'short' else '\\-\\-') + escape(preferred['name']) + '\\fR'
            word += f' \\fI{value}\\fR{repeat}' if argument['kind'] == 'option' else ''
        words.append(f'[{word}]' if argument.get('isOptional') else word)
    return words


def options(command):
    lines = []
    for argument in shown(command):
        value = f'\\fI{escape(argument.get("valueName", "value"))}\\fR'
        if argument['kind'] == 'positional':
            lines += ['.TP', value]
        else:
            lines += ['.TP', f'\\fB{option_names(argument)}\\fR' + (f' {value}' if argument['kind'] == 'option' else '')]
        text = argument.get('abstract', '')
        if argument.get('allValues'):
            text += f' One of {", ".join(argument["allValues"])}.'
        if argument.get('defaultValue'):
            text += f' Default: {argument["defaultValue"]}.'
        lines.append(inline(text) or '\\&')
    return lines


def body(path, command, level='SH'):
    """The description and options of a command; those of its subcommands follow as sections."""
    lines = []
    if command.get('discussion'):
        lines += [f'.{level} DESCRIPTION' if level == 'SH' else '.PP', inline(command['discussion'])]
    if shown(command):
        lines += [f'.{level} OPTIONS' if level == 'SH' else '.PP'] + options(command)
    for inner in subcommands(command):
        inner_path = path + [inner['commandName']]
        lines += ['.SH ' + '"' + escape(' '.join(inner_path[1:]).upper()) + '"', inline(inner.get('abstract', '')),
                  '.PP'] + synopsis(inner_path, inner) + body(inner_path, inner, 'SS')
    return lines


def subcommands(command):
    return [inner for inner in command.get('subcommands', []) if inner['commandName'] != 'help']


def exit_codes(path):
    """The rows of the table below "## Exit codes"."""
    section = open(path, encoding='utf-8').read().split('\n## Exit codes\n', 1)[1].split('\n## ', 1)[0]
    rows = re.findall(r'^\| (\d+) \| (.*) \|$', section, re.MULTILINE)
    assert len(rows) >= 9, rows
    return [line for code, meaning in rows for line in ('.TP', f'.B {code}', inline(meaning))]


def variable(path):
    return 'ROGATORY_' + '_'.join(re.sub(r'(?=[A-Z])', '_', part).upper() for part in path)


def configuration_page(path, version):
    """Comments of node.yaml stand above their key, or behind it."""
    lines = head('node.yaml', 5, "the configuration of a Rogatory node", version) + ['.SH DESCRIPTION']
    comment, section, entries = [], [], []
    preface = True
    for line in open(path, encoding='utf-8').read().split('\n'):
        match = re.match(r'^(#? ?)( *)([a-zA-Z]+):( +[^#]*)?(?:# *(.*))?$', line)
        if line.startswith('# ') and not (match and (match[3] in KEYS)):
            comment.append(line[2:])
        elif not line.strip() and preface:
            lines += [inline(' '.join(comment))]
            comment, preface = [], False
        elif match:
            indent = len(match[2])
            section = section[:1] if indent else []
            name = section + [match[3]]
            text = ' '.join(comment) or ''
            if match[5]:
                text = (text + ' ' if text else '') + match[5]
            entries.append((name, (match[4] or '').strip().strip('"'), text))
            comment = []
            if not indent:
                section = [match[3]]
    lines += ['.SH KEYS']
    for name, example, text in entries:
        lines += ['.TP', f'.B {escape(".".join(name))}', inline(text) or '\\&']
        if example:
            lines += ['.br', f'For example \\fB{escape(example)}\\fR.']
            if name[0] not in ('node', 'country', 'authority', 'development'):
                lines += ['.br', f'Variable: \\fB{escape(variable(name))}\\fR.']
    return lines + ['.SH SEE ALSO', '.BR rogatory (1)']


KEYS = set()


def main(version, command_line, configuration, folder):
    root = json.load(sys.stdin)['command']
    text = open(configuration, encoding='utf-8').read()
    KEYS.update(re.findall(r'^#? ?([a-zA-Z]+):', text, re.MULTILINE))
    KEYS.update(re.findall(r'^#?  +([a-zA-Z]+):', text, re.MULTILINE))
    verbs = subcommands(root)
    pages = {}
    overview = head('rogatory', 1, root['abstract'], version)
    overview += ['.SH SYNOPSIS'] + synopsis(['rogatory'], root) + body(['rogatory'], {**root, 'subcommands': []})
    overview += ['.SH VERBS']
    for verb in verbs:
        overview += ['.TP', f'.BR rogatory\\-{escape(verb["commandName"])} (1)', inline(verb.get('abstract', ''))]
    overview += ['.SH EXIT STATUS'] + exit_codes(command_line)
    overview += ['.SH ENVIRONMENT', '.TP', '.B ROGATORY_HOME', "The node's home.", '.TP',
                 '.B ROGATORY_KEY_PASSPHRASE_FILE', "A file whose first line is the passphrase of the node's keys.",
                 '.PP', 'Every key of', '.BR node.yaml (5)', 'but those that say what the node is has a variable, too.',
                 '.SH SEE ALSO', '.BR node.yaml (5)']
    pages['man1/rogatory.1'] = overview
    for verb in verbs:
        name = f'rogatory-{verb["commandName"]}'
        path = ['rogatory', verb['commandName']]
        pages[f'man1/{name}.1'] = (
            head(name, 1, verb.get('abstract', ''), version) + ['.SH SYNOPSIS'] + synopsis(path, verb) + body(path, verb)
            + ['.SH EXIT STATUS', 'As in', '.BR rogatory (1).', '.SH SEE ALSO', '.BR rogatory (1)'])
    pages['man5/node.yaml.5'] = configuration_page(configuration, version)
    for name, lines in pages.items():
        target = os.path.join(folder, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, 'w', encoding='utf-8') as file:
            file.write('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
