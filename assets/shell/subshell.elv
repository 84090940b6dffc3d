# Written by roledex for its subshells: your own file, then the role, and the role in the prompt.

use path
use runtime

# What your file defines is defined here, too; a variable that one of its functions changes is a copy.
if (and $runtime:rc-path (path:is-regular &follow-symlink $runtime:rc-path)) {
    try {
        eval &ns=(ns [&]) &on-end={|own| keys $own | each {|name| edit:add-var $name $own[$name] } } (slurp < $runtime:rc-path)
    } catch failure {
        show $failure
    }
}

# Your file may set variables of AWS.
eval $E:ROLEDEX_LINES

@PROMPT@
