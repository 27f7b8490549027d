//! `usher config systemd`: a unit that keeps the bot running, and away from everything that it does not need.

/// The unit. `%S/usher` is `/var/lib/usher`.
pub(super) const UNIT: &str = "\
# Save this as /etc/systemd/system/usher.service, then: systemctl enable --now usher
# 存为 /etc/systemd/system/usher.service，然后运行：systemctl enable --now usher
# With HTTP callbacks, two more secrets come the same way: event-aes-key and event-token.
# usher.toml 放在 /var/lib/usher；Client Secret 写入 /etc/usher/client-secret（chmod 600）。
# HTTP 模式还有 event-aes-key 和 event-token 两个机密，写法相同（USHER_DINGTALK_EVENT_AES_KEY_FILE、USHER_DINGTALK_EVENT_TOKEN_FILE）。
[Unit]
Description=Usher, a chat bot for administrators
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/local/bin/usher serve --log-format json
WorkingDirectory=%S/usher
StateDirectory=usher
LoadCredential=client-secret:/etc/usher/client-secret
Environment=USHER_DINGTALK_CLIENT_SECRET_FILE=%d/client-secret
DynamicUser=yes
Restart=always
RestartSec=2
TimeoutStopSec=30
UMask=0077
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=strict
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
MemoryDenyWriteExecute=yes

[Install]
WantedBy=multi-user.target";
