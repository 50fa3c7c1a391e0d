import t from 'tap';

import { attributeKinds, settle } from '../../../src/import/xinetd/attributes.ts';
import { parseXinetd, type Section } from '../../../src/import/xinetd/grammar.ts';

function sectionOf(text: string): Section {
  const [item] = parseXinetd(text, 'f');
  if (item?.kind !== 'section') throw new Error(text);
  return item.section;
}

const defaults = sectionOf('defaults {\n instances = 60\n only_from = 10.0.0.0\n interface = 127.0.0.1\n port = 1\n}');

t.test('what a section says is on top of the defaults', async (t) => {
  const section = sectionOf('service a {\n only_from += 192.0.2.1\n instances = 5\n bind = ::1\n}');
  const settings = settle(section, defaults);
  t.same(settings.values('only_from'), ['10.0.0.0', '192.0.2.1']);
  t.same(settings.first('instances'), '5');
  t.same(settings.first('bind'), '::1', 'interface is another name of bind');
  t.same(settings.first('port'), null, 'which defaults may not have');
  t.same(
    ['instances', 'only_from', 'interface'].map((name) => settings.isOwn(name)),
    [true, true, false],
  );
});

t.test('lists begin anew with "=", grow with "+=", and shrink with "-="', async (t) => {
  for (const [lines, values] of [
    ['', ['10.0.0.0']],
    ['only_from = a', ['a']],
    ['only_from =', []],
    ['only_from = a\nonly_from = b', ['a', 'b']],
    ['only_from += a b', ['10.0.0.0', 'a', 'b']],
    ['only_from -= 10.0.0.0', []],
  ] as const) {
    t.same(settle(sectionOf(`service a {\n${lines}\n}`), defaults).values('only_from'), values, lines);
  }
});

t.test('what xinetd does not know, and what we have no place for, is remarked', async (t) => {
  t.same(settle(sectionOf('service a {\n prot = 1\n mdns = yes\n toString = 1\n}'), null).remarks, [
    'line 2: xinetd has no attribute "prot", did you mean "port"?',
    'left out: mdns, because we announce nothing',
    'line 4: xinetd has no attribute "tostring"',
  ]);
});

t.test('all attributes of its parser are there', async (t) => {
  const names =
    'access_times banner banner_fail banner_success bind cps deny_time disable disabled enabled env flags group groups id instances interface ' +
    'libwrap log_on_failure log_on_success log_type max_load mdns nice no_access only_from passenv per_source port protocol redirect rlimit_as ' +
    'rlimit_cpu rlimit_data rlimit_files rlimit_rss rlimit_stack rpc_number rpc_version server server_args socket_type type umask user v6only wait';
  t.same(Object.keys(attributeKinds).sort(), names.split(' '));
});
