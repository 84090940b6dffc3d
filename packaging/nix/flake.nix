{
  description = "Keyboard-driven switcher for every AWS account and role you can reach";

  # `nix build 'git+file:.?dir=packaging/nix'` in a checkout.
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      each = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      source = ../..;
      manifest = (nixpkgs.lib.importTOML (source + "/Cargo.toml")).package;
    in {
      packages = each (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = manifest.name;
          version = manifest.version;
          src = source;
          cargoLock.lockFile = source + "/Cargo.lock";
          ROLEDEX_COMMIT = self.rev or "unknown";
          nativeBuildInputs = [ pkgs.installShellFiles ];
          # The tests start other programs and listen on loopback.
          doCheck = false;
          postInstall = ''
            $out/bin/roledex man --list | while read -r page; do
              file=$(echo "$page" | tr ' ' '-').1
              $out/bin/roledex man ''${page#roledex} > "$file"
              installManPage "$file"
            done
            installShellCompletion --cmd roledex \
              --bash <($out/bin/roledex completions bash) \
              --fish <($out/bin/roledex completions fish) \
              --zsh <($out/bin/roledex completions zsh)
          '';
          meta = {
            description = manifest.description;
            license = with pkgs.lib.licenses; [ mit asl20 ];
            mainProgram = "roledex";
          };
        };
      });
    };
}
