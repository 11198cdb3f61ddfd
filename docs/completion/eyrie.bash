# Completion of eyrie for bash. Made by scripts/docs/build.mjs of the tables of options.

_eyrie() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} options operand=none
  COMPREPLY=()
  # bash takes --option=value apart.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'run plan doctor enter suspend continue ps image account classad --help --version' -- "$cur")
    return
  fi
  case $command in
    image)
      if ((COMP_CWORD == 2)); then
        mapfile -t COMPREPLY < <(compgen -W 'add list show remove --help' -- "$cur")
        return
      fi
      command+=" ${COMP_WORDS[2]}"
      ;;
    account)
      if ((COMP_CWORD == 2)); then
        mapfile -t COMPREPLY < <(compgen -W 'add remove list --help' -- "$cur")
        return
      fi
      command+=" ${COMP_WORDS[2]}"
      ;;
    classad)
      if ((COMP_CWORD == 2)); then
        mapfile -t COMPREPLY < <(compgen -W 'eval --help' -- "$cur")
        return
      fi
      command+=" ${COMP_WORDS[2]}"
      ;;
  esac
  case $prev in
    -config | --config | -c | -machine-ad | --machine-ad | -result | --result | -address | --address | -control | --control | -ad | --ad)
      _eyrie_path file "$cur"
      return
      ;;
    -execute | --execute)
      _eyrie_path directory "$cur"
      return
      ;;
    -set | --set | -owner | --owner | -debug | --debug | -d)
      _eyrie_path none "$cur"
      return
      ;;
  esac
  case $command in
    run) options='--config --set --machine-ad --execute --result --json --dry-run --keep --verbose --terminal-log --debug --help' operand=file ;;
    plan) options='--config --set --machine-ad --execute --json --help' operand=file ;;
    doctor) options='--config --set --json --help' operand=none ;;
    enter) options='--help' operand=none ;;
    suspend) options='--help' operand=none ;;
    continue) options='--help' operand=none ;;
    ps) options='--watch --json --address --help' operand=none ;;
    'image add') options='--config --set --help' operand=file ;;
    'image list') options='--config --set --help' operand=none ;;
    'image show') options='--config --set --help' operand=none ;;
    'image remove') options='--config --set --help' operand=none ;;
    'account add') options='--owner --dedicated --control --help' operand=none ;;
    'account remove') options='--control --help' operand=none ;;
    'account list') options='--json --control --help' operand=none ;;
    'classad eval') options='--ad --help' operand=none ;;
    *) return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  else
    _eyrie_path "$operand" "$cur"
  fi
}

_eyrie_path() {
  case $1 in
    file) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    directory) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
}

complete -F _eyrie eyrie
