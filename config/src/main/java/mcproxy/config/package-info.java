/**
 * The mcproxy.conf language: from text to a {@link mcproxy.config.Configuration} and back.
 *
 * <p>{@link mcproxy.config.ConfigurationReader} goes three steps. The lexer cuts the text into
 * statements and these into tokens, the parser makes a tree of each statement, the checker builds
 * the configuration from the trees in their order. Each step tells its problems with their places
 * and goes on, so that one run tells all of them.
 *
 * <h2>Text</h2>
 *
 * <ul>
 *   <li>A '#' begins a comment that ends with its line, inside quotes too.
 *   <li>A ';' ends a statement, inside quotes too. The last one may be left out.
 *   <li>A WORD is made of letters, digits and '_'. Keywords are words and compared in any case;
 *       names are compared exactly. The keywords are protocol, igmpv1, igmpv2, igmpv3, mldv1,
 *       mldv2, pinstance, upstream, downstream, in, out, whitelist, blacklist, rulematching, all,
 *       first, mutex, table and disable. The word 'set' is a keyword only where the grammar has it.
 *   <li>A QUOTED name stands between '"' and can hold anything but '"', ';', '#' and control
 *       characters; it is never a keyword.
 *   <li>A '=' that does not begin '==>' ends its statement early, with a warning.
 * </ul>
 *
 * <h2>Grammar</h2>
 *
 * {@snippet lang="text" :
 * file       = [ statement ] { ";" [ statement ] }
 * statement  = protocol | pinstance | table | disable | setting
 * protocol   = "protocol" version { "," version }
 * version    = "IGMPv1" | "IGMPv2" | "IGMPv3" | "MLDv1" | "MLDv2"
 * disable    = "disable" { TOKEN }
 * pinstance  = "pinstance" name ( definition | setting | side ( setting | binding ) )
 * definition = [ "(" number ")" ] ":" { name } "==>" name { name }
 * side       = ( "upstream" | "downstream" ) ( "*" | name )
 * setting    = "set" glued TOKEN { TOKEN }
 * binding    = ( "in" | "out" ) ( filter | matching )
 * filter     = ( "whitelist" | "blacklist" ) table
 * matching   = "rulematching" ( "all" | "first" | "mutex" number )
 * table      = "table" ( name | [ name ] "{" { rule } "}" )
 * rule       = [ name ] "(" ( table | part "|" part ) ")"
 * part       = address [ "/" number | "-" address ]
 * address    = "*" | ( WORD | QUOTED | "." | ":" ) { WORD | QUOTED | "." | ":" }
 * number     = WORD of digits
 * name       = QUOTED | glued, but not a keyword
 * glued      = WORD { WORD | "-" | "." | "@" } with no blank in between
 * }
 *
 * <p>The parser has a method for each rule. What the tokens of a {@code setting} mean is up to the
 * kind of its key: {@link mcproxy.config.SettingKey} lists them all.
 */
@NullMarked
package mcproxy.config;

import org.jspecify.annotations.NullMarked;
