"""Registered service names, with what they stand for: one a line, the name up to the first space. A table.

IANA's 'Service Name and Transport Protocol Port Number Registry' (public domain), those with a port, as the
package pypcapkit 1.4.1.post2 (September 2026) carries it; that package takes seconds to import, so it is no
dependency. Descriptions are cut after 72 characters.
"""

from __future__ import annotations

__all__ = ["REGISTERED"]

REGISTERED = """\
1ci-smcs 1Ci Server Management
2ping 2ping Bi-Directional Ping Service
3com-amp3 3Com AMP3
3com-net-mgmt 3COM Net Management
3com-njack-1 3Com Network Jack Port 1
3com-njack-2 3Com Network Jack Port 2
3com-nsd 3Com-nsd
3com-tsmux 3COM-TSMUX
3com-webview 3Com WebView
3comfaxrpc 3Com FAX RPC port
3comnetman 3Com Net Management
3d-nfsd 3d-nfsd
3ds-lm 3ds-lm
3exmp 3eTI Extensible Management Protocol for OAMP
3gpp-cbsp 3GPP Cell Broadcast Service Protocol
3gpp-monp MCPTT Off-Network Protocol (MONP)
3gpp-w1ap W1 signalling transport
3l-l1 3l-l1
3link 3Link Negotiation
3m-image-lm Image Storage license manager 3M Company
3par-evts 3PAR Event Reporting Service
3par-mgmt 3PAR Management Service
3par-mgmt-ssl 3PAR Management Service with SSL
3par-rcopy 3PAR Inform Remote Copy
4-tieropmcli 4-TIER OPM CLI
4-tieropmgw 4-TIER OPM GW
4talk 4Talk
5afe-dir 5AFE SDN Directory
5afe-disc 5AFE SDN Directory discovery
6a44 IPv6 Behind NAT44 CPEs
802-11-iapp IEEE 802.11 WLANs WG IAPP
914c-g Texas Instruments 914C/G Terminal IANA assigned this well-formed
9pfs plan 9 file service
a-trust-rpc Certificate Management and Issuing
a1-bs A1-BS
a1-msc A1-MSC
a13-an A13-AN Interface
a14 A14 (AN-to-SC/MM)
a15 A15 (AN-to-AN)
a16-an-an A16 (AN-AN)
a17-an-an A17 (AN-AN)
a21-an-1xbs A21 (AN-1xBS)
a25-fap-fgw A25 (FAP-FGW)
a26-fap-fgw A26 (FAP-FGW)
a27-ran-ran A27 cdma2000 RAN Management
a3-sdunode A3-SDUNode
a4-sdunode A4-SDUNode
aairnet-1 AAIR-Network 1
aairnet-2 AAIR-Network 2
aal-lm Active Analysis Limited License Manager
aamp Anti-virus Application Management Port
aap AAP
aas aas
abacus-remote ABACUS-REMOTE
abarsd abarsd
abatemgr ActiveBatch Exec Agent
abatjss ActiveBatch Job Scheduler
abb-escp Ethernet Sensor Communications Protocol
abb-hw Hardware configuration and maintenance
abbaccuray abbaccuray
abbs ABBS
abcsoftware abcsoftware-01
abcvoice-port ABCvoice server port
about a service
abr-api ABR-API (diskbridge)
abr-secure ABR-Secure Data (diskbridge)
ac-cluster AC Cluster
ac-tech ac-tech
acap ACAP
acas ACA Services
acc-raid ACC RAID
accel ACCEL
accelenet AcceleNet Control
accelenet-data AcceleNet Data
accessbuilder AccessBuilder
accessnetwork Access Network
accord-mgc Accord-MGC
acctopus-cc Acctopus Command Channel
acctopus-st Acctopus Status
accu-lmgr accu-lmgr
accuracer Accuracer Database System Server
accuracer-dbms Accuracer Database System Admin
acd-pm Accedian Performance Measurement
ace-client ACE Client Auth
ace-proxy ACE Proxy
ace-server ACE Server
ace-svr-prop ACE Server Propagation
aci Application Communication Interface
acis 9953
acl-manager ACL Manager
acmaint-dbd IANA assigned this well-formed service name as a replacement for
acmaint-transd IANA assigned this well-formed service name as a replacement for
acme Aionex Communication Management Engine
acmsoda acmsoda
acnet ACNET Control System Protocol
acp Aeolon Core Protocol
acp-conduit Compute Pool Conduit
acp-discovery Compute Pool Discovery
acp-policy Compute Pool Policy
acp-port Axon Control Protocol
acp-proto Accounting Protocol
acplt ACPLT - process automation service
acptsys ACPTSYS
acr-nema ACR-NEMA Digital Imag. & Comm. 300
acronis-backup Acronis Backup Gateway service port
acter Bull RSF action server
actifio-c2c Actifio C2C
actifioreplic Disk to Disk replication between Actifio Clusters
actifioudsagent Actifio UDS Agent
activememory Active Memory
activesync ActiveSync Notifications
actnet ActNet
ada-cip ADA Control
adap App Discovery and Access Protocol
adapt-sna Network Software Associates
adaptecmgr Adaptec Manager
adcp Automation Device Configuration Protocol
adi-gxp-srvprt ADInstruments GxP Server
admind admind
admins-lms Admins LMS
adobeserver-1 ADOBE SERVER 1
adobeserver-2 ADOBE SERVER 2
adobeserver-3 Adobe Server 3
adobeserver-4 Adobe Server 4
adobeserver-5 Adobe Server 5
adrep AD Replication RPC
ads ADS
ads-c Automatic Dependent Surveillance
ads-s Beckhoff Automation Device Specification
adtech-test Adtech Test IP
adtempusclient adTempus Client
advant-lm Advant License Manager
adws Active Directory Web Services
aed-512 AED 512 Emulation Service
aegate Aegate PMR Service
aequus Aequus Service
aequus-alt Aequus Service Mgmt
aero Asymmetric Extended Route Optimization (AERO)
aeroflight-ads AeroFlight-ADs
aeroflight-ret AeroFlight-Ret
aes-discovery AES Discovery Port
aes-x170 AES-X170
aesop Audio+Ethernet Standard Open Protocol
af AudioFile
afesc-mc AFE Stock Channel M/C
affiliate Affiliate
afore-vdp-disc AFORE vNode Discovery protocol
afpovertcp AFP over TCP
afrog Subnet Roaming
afs AFS License Manager
afs3-bos basic overseer process
afs3-callback callbacks to cache managers
afs3-errors error interpretation service
afs3-fileserver file server itself
afs3-kaserver AFS/Kerberos authentication service
afs3-prserver users & groups database
afs3-rmtsys remote cache manager service
afs3-update server-to-server updater
afs3-vlserver volume location database
afs3-volser volume managment server
aftmux AFT multiplex port
ag-swim Air-Ground SWIM
agcat Auto-Graphics Cataloging
agentsease-db aes_db
agentview AGENTVIEW
agentx AgentX
agma Air-ground media advisory
agpolicy AppGate Policy Server
agps-port AGPS Access Port
agri-gateway AGRI Gateway
agriserver AGRI Server
agslb A10 GSLB Service
agtp Agent Transfer Protocol
agtp-quic Agent Transfer Protocol over QUIC
ah-esp-encap AH and ESP Encapsulated in UDP packet
ahsp ArrowHead Service Protocol (AHSP)
aiagent HP Enterprise Discovery Agent
aibkup Automatically Incremental Backup
aic-np aic-np
aic-oncrpc aic-oncrpc - Destiny MCD database
aicc-cmi AICC/CMI
aigairserver Services for Air Server
ailith Ailith management of routers
aimpp-hello AIMPP Hello
aimpp-port-req AIMPP Port Req
aipn-auth AIPN LS Authentication
aipn-reg AIPN LS Registration
aironetddp aironet
airs AIRS
airshot Air Shot
airsync Microsoft Desktop AirSync Protocol
ais-met Aeronautical Information Service/Meteorological applications using
aises AISES
aja-ntv4-disc AJA ntv4 Video System Discovery
aker-cdp Aker-cdp
alaris-disc Alaris Device Discovery
alarm Alarm
alarm-clock-c Alarm Clock Client
alarm-clock-s Alarm Clock Server
alchemy Alchemy Server
alesquery ALES Query
alfin Automation and Control by REGULACE.ORG
alias Alias Service
alljoyn Alljoyn Name Service
alljoyn-mcm Contact Port for AllJoyn multiplexed constrained messaging
alljoyn-stm Contact Port for AllJoyn standard messaging
allpeers AllPeers Network
allstorcns ALLSTORCNS
almobile-system ALMobile System Service
alpes alpes
alpha-sms ALPHA-SMS
alphatech-lm alphatech-lm
alta-ana-lm Alta Analytics License Manager
altalink altalink
altav-remmgt altav-remmgt
altav-tunnel Altav Tunnel
altbsdp Alternate BSDP Service
altcp ArcLink over Ethernet
altova-lm Altova License Management
altova-lm-disc Altova License Management Discovery
altovacentral Altova DatabaseCentral
altserviceboot Alternate Service Boot
amahi-anywhere Amahi Anywhere
amanda Amanda
amberon Amberon PPC/PPS
ambit-lm ambit-lm
amc Amcom Mobile Connect
amcs Agilent Connectivity Service
amdsched AMD SCHED
ami-control Alcorn McBride Inc protocol used for device control
amicon-fpsu-ra Amicon FPSU-IP Remote Administration
amicon-fpsu-s Amicon FPSU-IP VPN
amiganetfs Amiga Network Filesystem
aminet AMInet
amp AMP
ampify Ampify Messaging Protocol
ampl-lic The protocol is used by a license server and client programs to
ampl-tableproxy The protocol is used by two programs that exchange 'table' data used
ampr-info ampr-info
ampr-inter ampr-inter
ampr-rcmd ampr-rcmd
amqp AMQP
amqps amqp protocol over TLS/SSL
ams AMS
amt AMT
amt-blc-port AMT-BLC-PORT
amt-cnf-prot AMT CNF PROT
amt-esd-prot AMT-ESD-PROT
amt-redir-tcp Intel(R) AMT Redirection/TCP
amt-redir-tls Intel(R) AMT Redirection/TLS
amt-soap-http Intel(R) AMT SOAP/HTTP
amt-soap-https Intel(R) AMT SOAP/HTTPS
amx-axbnet AMX-AXBNET
amx-icsp AMX-ICSP
amx-rms AMX Resource Management Suite
amx-webadmin AMX-WEBADMIN
amx-weblinx AMX-WEBLINX
an-pcp Astare Network PCP
an-signaling Signal protocol port for autonomic networking
and-lm AND License Manager
anet ATEXSSTR
anet-b OMF data b
anet-h OMF data h
anet-l OMF data l
anet-m OMF data m
anoto-rendezv Anoto Rendezvous Port
ans-console Net Steward Mgmt Console
ansanotify ANSA REX Notify
ansatrader ANSA REX Trader
ansoft-lm-1 Anasoft License Manager
ansoft-lm-2 Anasoft License Manager
answersoft-lm answersoft-lm
ansys-lm ANSYS-License manager
ansysli ANSYS Licensing Interconnect
ansyslmd ANSYS - License Manager
anthony-data Anthony Data
antidotemgrsvr Antidote Deployment Manager Service
aoc-acars Airline operational communications applications using ACARS
aocp Axapta Object Communication Protocol
aodv AODV
aol America-Online
aol-1 AmericaOnline1
aol-2 AmericaOnline2
aol-3 AmericaOnline3
ap ALC Protocol
apani1 apani1
apani2 apani2
apani3 apani3
apani4 apani4
apani5 apani5
apc-2160 APC 2160
apc-2161 APC 2161
apc-2260 APC 2260
apc-3052 APC 3052
apc-3506 APC 3506
apc-5454 APC 5454
apc-5455 APC 5455
apc-5456 APC 5456
apc-6547 APC 6547
apc-6548 APC 6548
apc-6549 APC 6549
apc-7845 APC 7845
apc-7846 APC 7846
apc-9950 APC 9950
apc-9951 APC 9951
apc-9952 APC 9952
apc-necmp APCNECMP
apcupsd Apcupsd Information Port
apdap Anton Paar Device Administration Protocol
apertus-ldp Apertus Technologies Load Determination
apex-edge APEX endpoint-relay service
apex-mesh APEX relay-relay service
aplx MicroAPL APLX
apm-link Access Point Manager Link
apocd Java Desktop System Configuration Agent
apogeex-port ApogeeX Port
apollo-admin Apollo Admin Port
apollo-cc APOLLO CC
apollo-data Apollo Data Port
apollo-gms APOLLO GMS
apollo-relay Apollo Relay Port
apollo-status APOLLO Status
apparenet-as appareNet Analysis Server
apparenet-tps appareNet Test Packet Sequencer
apparenet-ts appareNet Test Server
apparenet-ui appareNet User Interface
appiq-mgmt AppIQ Agent Management
apple-licman Apple Network License Manager
apple-sasl Apple SASL
apple-vpns-rp Apple VPN Server Reporting Protocol
appleqtc apple quick time
appleqtcsrvr appleqtcsrvr
appleugcontrol Apple UG Control
appliance-cfg APPLIANCE-CFG
applix Applix ac
applus APplus Application Server
applusservice APplus Service
appman-server Application Management Server
appserv-http App Server - Admin HTTP
appserv-https App Server - Admin HTTPS
appss-lm appss license manager
appswitch-emp appswitch-emp
appworxsrv APPWORXSRV
apri-lm Applied Parallel Research LM
aprigo-cs Aprigo Collection Service
apsolab-col The Apsolab company's data collection protocol (native api)
apsolab-cols The Apsolab company's secure data collection protocol (native api)
apsolab-data The Apsolab company's data retrieval protocol
apsolab-rpc The Apsolab company's status query protocol
apsolab-tag The Apsolab company's dynamic tag protocol
apsolab-tags The Apsolab company's secure dynamic tag protocol
apw-registry apw RMI registry
apwi-disc American Printware Discovery
apwi-imserver American Printware IMServer Protocol
apwi-rxserver American Printware RXServer Protocol
apwi-rxspooler American Printware RXSpooler Protocol
apx500api-1 Audio Precision Apx500 API Port 1
apx500api-2 Audio Precision Apx500 API Port 2
arbortext-lm ArborText License Manager
arca-api ARCATrust vault API
arcisdms Arcisdms
arcp ARCP
arcpd Adaptec Remote Protocol
ardt ARDT
ardus-cntl ARDUS Control
ardus-mtrns ARDUS Multicast Transfer
ardus-trns ARDUS Transfer
ardusmul ARDUS Multicast
ardusuni ARDUS Unicast
areaguard-neo AreaGuard Neo - WebServer
arena-server Arena Server Listen
arepa-cas Arepa Cas
arepa-raft Arepa Raft
argis-ds ARGIS DS
argis-te ARGIS TE
aria Aria
ariascribe Classical Music Meta-Data Access and Enhancement
ariel1 Ariel 1
ariel2 Ariel 2
ariel3 Ariel 3
aries-kfinder Aries Kfinder
ariliamulti Arilia Multiplexor
aritts Aristech text-to-speech server
arkivio Arkivio Storage Protocol
armadp armadp
armagetronad Armagetron Advanced Game Server
armcenterhttp ARMCenter http Service
armcenterhttps ARMCenter https Service
armi-server ARMI Server
armtechdaemon ArmTech Daemon
arns A Remote Network Server System
array-manager Xyratex Array Manager
ars-master ARS Master
ars-vista ARS VISTA Application
artifact-msg Artifact Message Server
aruba-papi Aruba Networks AP management
aruba-server Aruba eDiscovery Server
as-debug Graphical Debug Server
as-servermap AS Server Mapper
asa ASA Message Router Object Def.
asa-gateways Traffic forwarding for Okta cloud infra
asam ASAM Services
asap-sctp asap sctp
asap-sctp-tls asap-sctp/tls
asap-tcp asap tcp port
asap-tcp-tls asap/tls tcp port
asap-udp asap udp port
asc-slmd ASC Licence Manager
asci-val ASCI-RemoteSHADOW
ascomalarm Ascom IP Alarming
asctrl-agent Oracle asControl Agent
asdis ASDIS software management
asf-rmcp ASF Remote Management and Control Protocol
asf-secure-rmcp ASF Secure Remote Management and Control Protocol
asgcypresstcps ASG Cypress Secure Only
asgenf ASG Event Notification Framework
asi ASI
asia ASIA
asihpi AudioScience HPI
asip-webadmin AppleShare IP WebAdmin
asipregistry asipregistry
asmgcs Adv Surface Mvmnt and Guidance Cont Sys
asmp Nuance AutoStore Status Monitoring Protocol (data transfer)
asmp-mon Nuance AutoStore Status Monitoring Protocol (device monitoring)
asmps Nuance AutoStore Status Monitoring Protocol (secure data transfer)
asnaacceler8db asnaacceler8db
asoki-sma Asoki SMA
aspcoordination ASP Coordination Protocol
aspeclmd aspeclmd
aspen-services aspen-services
aspentec-lm Aspen Technology License Manager
asprovatalk ASPROVATalk
asr Apple Software Restore
assoc-disc Device Association Discovery
assuria-ins Assuria Insider
assuria-slm Assuria Log Manager
assyst-dr Assyst Data Repository Service
astergate Astergate Control Service
astergate-disc Astergate Discovery Service
astergatefax AstergateFax Control Service
asterix Surveillance Data
astrolink Astrolink Protocol
astronova-main main 5001 cmd
at-3 AppleTalk Unused
at-5 AppleTalk Unused
at-7 AppleTalk Unused
at-8 AppleTalk Unused
at-echo AppleTalk Echo
at-nbp AppleTalk Name Binding
at-rtmp AppleTalk Routing Maintenance
at-zis AppleTalk Zone Information
atc-appserver AT+C FmiApplicationServer
atc-lm AT+C License Manager
atex-elmd Atex Publishing License Manager IANA assigned this well-formed service
athand-mmp At Hand MMP
ati-ip-to-ncpe Avanti IP to NCPE API
atlinks atlinks device discovery
atm-uhas ATM UHAS
atm-zip-office atm zip office
atmp Ascend Tunnel Management Protocol
atmtcp atmtcp
ats Advanced Training System Program
ats-acars Air Traffic Services applications using ACARS
ats-atn Air Traffic Services applications using ATN
atsc-mh-ssc ATSC-M/H Service Signaling Channel
att-mt-sms Planning to send mobile terminated SMS to the specific port so that
attachmate-g32 Attachmate G32
attachmate-s2s Attachmate S2S
attachmate-uts Attachmate UTS
attune ATTUne API
atul atul server
audio-activmail Audio Active Mail
audiojuggler AudioJuggler
audit Unisys Audit SITP
audit-transfer audit transfer
auditd Digital Audit Daemon
aura AVM USB Remote Architecture
auriga-router Auriga Router Service
auris auris
aurora IBM AURORA Performance Visualizer
aurora-balaena Aurora (Balaena Ltd)
aurora-cmgr Aurora CMGR
aurp Appletalk Update-Based Routing Pro.
auth Authentication Service
authentx Authentx Service
authoritygate AuthorityGate Secure API communication for Orchestrated task
autobuild Symantec Autobuild Service
autocueds Autocue Directory Service
autocuelog Autocue Logger Protocol
autocuesmi Autocue SMI Protocol
autocuetime Autocue Time Service
autodesk-lm Autodesk License Manager
autodesk-nlm Autodesk NLM (FLEXlm)
autonoc AutoNOC Network Operations Protocol
autopac Autopac Protocol
autopassdaemon AutoPass licensing
autotrac-acp Autotrac ACP 245
av-emb-config Avaya EMB Config Port
availant-mgr availant-mgr
avantageb2b Avantageb2b
avanti-cdp Avanti Common Data IANA assigned this well-formed service name as a
avauthsrvprtcl Avocent AuthSrv Protocol
avdecc IEEE 1722.1 AVB Discovery, Enumeration, Connection management, and
avenue AVENUE
avenyo Avenyo Server
avesterra AvesTerra Hypergraph Transfer Protocol (HGTP)
avian avian
avinstalldisc Avocent Install Discovery
aviva-sna AVIVA SNA SERVER
avocent-adsap Avocent DS Authorization
avocent-proxy Avocent Proxy Protocol
avsecuremgmt Avocent Secure Management
avt-profile-1 RTP media data
avt-profile-2 RTP control protocol
avtp IEEE 1722 Transport Protocol for Time Sensitive Applications
awacs-ice Apple Wide Area Connectivity Service ICE Bootstrap
awg-proxy AWG Proxy
aws-as2 Non Persistent Desktop and Application Streaming
aws-brf Telerate Information Platform LAN
aws-wsp AWS protocol for cloud remoting solution
axio-disc Axiomatic discovery protocol
axis-wimp-port Axis WIMP Port
axon-lm Axon License Manager
axon-tunnel Reliable multipath data transport for high latencies
axysbridge AXYS communication protocol
ayiya Anything In Anything
azeti Azeti Agent Service
azeti-bd azeti blinddate
aztec Aztec Distribution Port
b-novative-ls b-novative license server
b2-license b2 License Server
b2-runtime b2 Runtime Protocol
b2n Backup To Neighbor
babel Babel Routing Protocol
babel-dtls Babel Routing Protocol over DTLS
backburner Back Burner
backroomnet Back Room Net
backup-express Backup Express
backupedge BackupEDGE Server
bacnet Building Automation and Control Networks
bacula-dir Bacula Director
bacula-fd Bacula File Daemon
bacula-sd Bacula Storage Daemon
badm-priv BoKS Admin Private Port IANA assigned this well-formed service name as
badm-pub BoKS Admin Public Port IANA assigned this well-formed service name as
bandwiz-system Bandwiz System - Server
banyan-net Banyan-Net
banyan-rpc banyan-rpc
banyan-vip banyan-vip
barracuda-bbs Barracuda Backup Protocol
base Billing and Accounting System Exchange
batman better approach to mobile ad-hoc networking
bb BB
bbars BBARS
bbn-mmc multi media conferencing
bbn-mmx multi media conferencing
bccp Brocade Cluster Communication Protocol
bcinameservice BCI Name Service
bcs Business Continuity Servi
bcs-broker bcs-broker
bcs-lmserver bcs-lmserver
bcslogc Black Crow Software application logging
bctp Brodos Crypto Trade Protocol
bctp-server VERITAS BCTP, server
bdir-priv BoKS Dir Server, Private Port IANA assigned this well-formed service
bdir-pub BoKS Dir Server, Public Port IANA assigned this well-formed service
bdp Bundle Discovery Protocol
beacon-port Beacon Port
beacon-port-2 SMARTS Beacon Port
bears-01 bears-01
bears-02 bears-02
beeyond Beeyond
beeyond-media Beeyond Media
bencher Bencher API
beorl BE Operations Request Listener
berknet a service
besapi BES Api Port
beserver-msg-q VERITAS Backup Exec Server
bess Bess Peer Assessment
bex-webadmin Backup Express Web Server
bex-xr Backup Express Restore Server
beyond-remote Beyond Remote
bf-game Bitfighter game server
bf-master Bitfighter master server
bfd-control BFD Control Protocol
bfd-echo BFD Echo Protocol
bfd-lag Bidirectional Forwarding Detection (BFD) on Link Aggregation Group
bfd-multi-ctl BFD Multihop Control
bflckmgr BuildForge Lock Manager
bftp Background File Transfer Program
bgmp BGMP
bgp Border Gateway Protocol
bgs-nsi bgs-nsi
bh611 bh611
bhevent bhevent
bhfhs bhfhs
bhmds bhmds
bhoedap4 bhoedap4
bhoetty bhoetty
biap-mp BIAP-MP
bid-serv BIF identifiers resolution service
bif-p2p Blockchain Identifier InFrastructure P2P
biff used by mail system to notify users of new mail received; currently
biimenu Beckman Instruments, Inc.
bilobit bilobit Service
bilobit-update bilobit Service Update
bim-pem Impact Mgr./PEM Gateway
binderysupport Bindery Support
bingbang data exchange protocol for IEC61850 in wind power plants
binkp BINKP
bintec-admin BinTec Admin
bintec-capi BinTec-CAPI
bintec-tapi BinTec-TAPI
biolink-auth BioLink Authenteon server
bioserver Biometrics Server
biotic BIOTIC - Binary Internet of Things Interoperable Communication
bip BioAPI Interworking
bis-sync BeInSync-sync
bis-web BeInSync-Web
bitforestsrv Bitforest Data Service
bitspeer Peer Services for BITS
bl-idm Britton-Lee IDM
blackboard a service
blackjack network blackjack
blaze Blaze File Server
blizwow World of Warcraft
blockade Blockade
blockade-bpsp Blockade BPSP
blocks Blocks
blp1 Bloomberg data API
blp2 Bloomberg feed
blp3 Bloomberg professional
blp4 Bloomberg intelligent client
blp5 Bloomberg locator
blueberry-lm Blueberry Software License Manager
bluectrlproxy Bt device control proxy
bluelance BLUELANCE
blwnkl-port Blwnkl Port
bmap Bull Apprise portmapper
bmc-ar BMC AR
bmc-ctd-ldap BMC CONTROL-D LDAP SERVER IANA assigned this well-formed service name
bmc-data-coll BMC Data Collection
bmc-ea BMC EDV/EA
bmc-gms BMC General Manager Server
bmc-grx BMC GRX
bmc-jmx-port BMC JMX Port
bmc-messaging BMC Messaging Service
bmc-net-adm bmc-net-adm
bmc-net-svc bmc-net-svc
bmc-onekey BMC-OneKey
bmc-patroldb BMC_PATROLDB IANA assigned this well-formed service name as a
bmc-perf-agent BMC PERFORM AGENT
bmc-perf-mgrd BMC PERFORM MGRD
bmc-perf-sd BMC-PERFORM-SERVICE DAEMON
bmc-reporting BMC Reporting
bmcpatrolagent BMC Patrol Agent
bmcpatrolrnvu BMC Patrol Rendezvous
bmdss Blackmagic Design Streaming Server
bmpp bmpp
bnet BNet
bnetfile Battle.net File Transfer Protocol
bnetgame Battle.net Chat/Game Protocol
bngsync BalanceNG session table synchronization protocol
bnt-manager BNT Manager
board-roar Board M.I.T. Service
board-voip Board M.I.T. Synchronous Collaboration
boe-cachesvr boe-cachesvr
boe-cms Business Objects CMS contact port
boe-eventsrv boe-eventsrv
boe-filesvr Business Objects Enterprise internal server
boe-pagesvr Business Objects Enterprise internal server
boe-processsvr Business Objects Enterprise internal server
boe-resssvr1 Business Objects Enterprise internal server
boe-resssvr2 Business Objects Enterprise internal server
boe-resssvr3 Business Objects Enterprise internal server
boe-resssvr4 Business Objects Enterprise internal server
boe-was boe-was
boinc-client BOINC Client Control
boks BoKS Master
boks-clntd BoKS Clntd IANA assigned this well-formed service name as a
boks-servc BoKS Servc IANA assigned this well-formed service name as a
boks-servm BoKS Servm IANA assigned this well-formed service name as a
boldsoft-lm BOLDSOFT-LM
bolt Bolt database connection
bones Bones Remote Control
boomerang Boomerang
boosterware Booster Ware
bootclient a service
bootpc Bootstrap Protocol Client
bootps Bootstrap Protocol Server
bootserver a service
borland-dsj Borland DSJ
boscap BOSCAP
bosswave Building operating system services wide area verified exchange
bounzza Bounzza IRC Proxy
boxbackupstore Box Backup Store Service
boxp Brivs! Open Extensible Protocol
bpcd VERITAS NetBackup
bpcp-poll BPCP POLL
bpcp-trap BPCP TRAP
bpdbm BPDBM Protocol (VERITAS NetBackup)
bpjava-msvc BP Java MSVC Protocol
bpmd BP Model Debugger
bprd BPRD Protocol (VERITAS NetBackup)
br-channel Beyond Remote Command Channel
brain Backbone for Academic Information Notification (BRAIN)
brcd brcd
brcd-vr-req Brocade Virtual Router Request
brcm-comm-port Broadcom Port
brdptc Bridge Protocol
bre BRE (Bridge Relay Element)
brf-gw Telerate Information Platform WAN
bridgecontrol Bridge Control
brightcore BrightCore control & data transfer exchange
brlp-0 Braille protocol
brlp-1 Braille protocol
brlp-2 Braille protocol
brlp-3 Braille protocol
broker-service Broker Service IANA assigned this well-formed service name as a
brp Broadcast Routing Protocol
bruce bruce
brutus Brutus Server
brvread BRVREAD
bsfserver-zn Webservices-based Zn interface of BSF
bsfsvr-zn-ssl Webservices-based Zn interface of BSF over SSL
bspne-pcc bspne-pcc
bsquare-voip BSQUARE-VOIP
btpp2audctr1 btpp2audctr1
btpp2sectrans BT PP2 Sectrans
btprjctrl btprjctrl
btrieve Btrieve port
bts-appserver BTS APPSERVER
bts-x73 BTS X73 Port
buddy-draw Buddy Draw
bues-service bues_service IANA assigned this well-formed service name as a
bullant-rap BULLANT RAP
bullant-srap BULLANT SRAP
burp BackUp and Restore Program
busboy a service
buschtrommel peer-to-peer file exchange protocol
business Business protocol
busycal BusySync Calendar Synch. Protocol
bv-agent BindView-Agent
bv-ds BindView-DirectoryServer
bv-is BindView-IS
bv-queryengine BindView-Query Engine
bv-smcsrv BindView-SMCServer
bvcdaemon-port bvControl Daemon
bvcontrol bvcontrol
bveapi BVEssentials HTTP API
bvtsonar BlueView Sonar Service
bxp bitxpress
bytex Bytex
bzflag BZFlag game server
bzr Bazaar version control system
c-h-it-port Cutler-Hammer IT Port
c1222-acse ANSI C12.22 Port
c3 C3
ca-1 Channel Access 1
ca-2 Channel Access 2
ca-audit-da CA Audit Distribution Agent
ca-audit-ds CA Audit Distribution Server
ca-idms CA-IDMS Server
ca-web-update CA eTrust Web Update Service
caaclang2 CA AC Lang Service
caacws CA Access Control Web Service
cab-protocol CAB Protocol
cableport-ax Cable Port A/X
cabsm-comm CA BSM Comm
caci-lm CACI Products Company License Manager
cacsambroker CA Connection Broker
cadabra-lm Cadabra License Manager
cadencecontrol Cadence Control
cadis-1 Cadis License Management
cadis-2 Cadis License Management
cadkey-licman Cadkey License Manager
cadkey-tablet Cadkey Tablet Daemon
cadlock a service
cadlock2 a service
cadsi-lm Computer Aided Design Software Inc LM
cadsisvr This server provides callable services to mainframe External Security
cadview-3d Cadview-3d - streaming 3d models over the internet
caerpc CA eTrust RPC
caevms CA eTrust VM Service
caicci caicci
caiccipc caiccipc
caids-sensor caids sensors channel
cailic Computer Associates Int'l License Server
caistoragemgr CA Storage Manager
cajo-discovery cajo reference discovery
cal CAL
caldsoft-backup CaldSoft Backup server file transfer
call-logging Call Logging
call-sig-trans H.323 Annex E Call Control Signalling Transport
caller9 CALLER9
calltrax CallTrax Data Port
callwaveiam CallWaveIAM
camac CAMAC equipment
cambertx-lm Camber Corporation License Management
camp Common ASCII Messaging Protocol
can-dch IBM Tivoli Directory Service - DCH
can-ferret IBM Tivoli Directory Service - FERRET
can-ferret-ssl IBM Tivoli Directory Service using SSL
can-nds IBM Tivole Directory Service - NDS
can-nds-ssl IBM Tivoli Directory Service using SSL
canditv Canditv Message Service
candp Computer Associates network discovery protocol
candrp CA discovery response
canex-watch CANEX Watch System
canit-store CanIt Storage Manager IANA assigned this well-formed service name as a
canocentral0 Cano Central 0
canocentral1 Cano Central 1
canon-bjnp1 Canon BJNP Port 1
canon-bjnp2 Canon BJNP Port 2
canon-bjnp3 Canon BJNP Port 3
canon-bjnp4 Canon BJNP Port 4
canon-capt Canon CAPT Port
canon-cpp-disc Canon Compact Printer Protocol Discovery
canon-mfnp Canon MFNP Service
canto-roboflow Canto RoboFlow Control
cap Calendar Access Protocol
capfast-lmd capfast-lmd
capioverlan CAPIoverLAN
capmux CA Port Multiplexer
caps-lm CAPS LOGISTICS TOOLKIT - LM
capwap-control CAPWAP Control Protocol
capwap-data CAPWAP Data Protocol
car Candidate AR
carb-repl-ctrl Carbonite Server Replication Control
cardax CARDAX
cardbox Cardbox
cardbox-http Cardbox HTTP
cardifftec-back A port for communication between a server and client for a custom
cardweb-io CardWeb request-response I/O exchange
cardweb-rt CardWeb realtime device data
carrius-rshell Carrius Remote Access
cart-o-rama Cart O Rama
cartographerxmp Cartographer XMP
cas cas
cas-mapi EMC SmartPackets-MAPI
casanswmgmt CA SAN Switch Management
casp CAC App Service Protocol
caspssl CAC App Service Protocol Encripted
casrmagent CA SRM Agent
castorproxy CAStorProxy
catalyst catalyst
catchpole Catchpole port
caupc-remote CauPC Remote Control
cautcpd cautcpd
cawas CA Web Access Service
cba8 LANDesk Management Agent (cba8)
cbos-ip-port CBOS/IP ncapsalation port
cbp Colnod Binary Protocol
cbserver CB Server
cbt cbt
cbus Model Railway control using the CBUS message protocol
cc-tracking Citcom Tracking Service
ccag-pib Consequor Consulting Process Integration Bridge
ccm-port Coalsere CCM Port
ccmad CCM AutoDiscover
ccmail cc:mail/lotus
ccmcomm CCM communications port
ccmrmi ON RMI Registry
ccnx Content Centric Networking
ccowcmr CCOWCMR
ccp Connect and Control Protocol for Consumer, Commercial, and Industrial
ccs-software CCS Software
ccss-qmm CCSS QMessageMonitor
ccss-qsm CCSS QSystemMonitor
cctv-port CCTV control port
ccu-comm-1 CosmoCall Universe Communications Port 1
ccu-comm-2 CosmoCall Universe Communications Port 2
ccu-comm-3 CosmoCall Universe Communications Port 3
cd3o-protocol cd3o Control Protocol
cdbroker CD Broker
cdc Certificate Distribution Center
cddbp CD Database Protocol
cddbp-alt CDDBP
cdfunc a service
cdid CDID
cdl-server CDL Server
cdn CDN
cds CDS Transfer Agent
cecsvc CECSVC
cedros-fds Cedros Fraud Detection System IANA assigned this well-formed service
cefd-vmp Comtech EF-Data's Vipersat Management Protocol
celatalk CelaTalk
centerline Centerline
centra centra
ceph Ceph monitor
cequint-cityid Cequint City ID UI trigger
cera-bcm cera-bcm
cernsysmgmtagt Cerner System Management Agent
cert-initiator cert-initiator
cert-responder cert-responder
cesdcdman CESD Contents Delivery Management
cesdcdtrn CESD Contents Delivery Data Transfer
cesdinv cesdinv
cfdptkt CFDPTKT
cfengine CFengine
cfg-cloud Configuration Cloud Service
cfs Cisco Fabric service
cft-0 cft-0
cft-1 cft-1
cft-2 cft-2
cft-3 cft-3
cft-4 cft-4
cft-5 cft-5
cft-6 cft-6
cft-7 cft-7
cfw Control Framework
cgi-starapi CGI StarAPI Server
cgms CGMS
cgn-config Code Green configuration
cgn-stat CGN status
chargen Character Generator
charsetmgr CharsetMGR
checkmk-agent Checkmk Monitoring Agent
checkoutdb Checkout Database
checkpoint-rtm Check Point RTM
checksum CheckSum License Manager
chevinservices Chevin Services
childkey-ctrl ChildKey Control
childkey-notif ChildKey Notification
chimera-hwm Chimera HWM
chip-lm Chipcom License Manager
chipper Chipper
chlenix Cloud hosting environment network
chmd CHIPSY Machine Daemon
choiceview-agt ChoiceView Agent
choiceview-clt ChoiceView Client
chromagrafx Chromagrafx
chshell chcmd
cichild-lm cichild
cichlid Cichlid License Manager
cifs CIFS
cim-rs DMTF WBEM CIM REST
cimple HotLink CIMple REST API
cimplex CIMPLEX
cimtrak CimTrak
cindycollab Cinderella Collaboration
cinegrfx-elmd CINEGRFX-ELMD License Manager
cinegrfx-lm Cinema Graphics License Manager
ciphire-data Ciphire Data Transport
ciphire-serv Ciphire Services
circle-x Circle-X
cirrossp CirrosSP Workstation Communication
cis CompactIS Tunnel
cis-secure CompactIS Secure Tunnel
cisco-aqos Required for Adaptive Quality of Service
cisco-avp Cisco Address Validation Protocol
cisco-cloudsec Cisco Cloudsec Dataplane Port Number
cisco-fna cisco FNATIVE
cisco-ipsla Cisco IP SLAs Control Protocol
cisco-net-mgmt cisco-net-mgmt
cisco-redu redundancy notification
cisco-sccp Cisco SCCP
cisco-snat Cisco Stateful NAT
cisco-sys cisco SYSMAINT
cisco-tdp Cisco TDP
cisco-tna cisco TNATIVE
cisco-vpath-tun Cisco vPath Services Overlay
cisco-wafs Wide Area File Services
ciscocsdb Cisco NetMgmt DB Ports
citadel citadel
citrix-rtmp Citrix RTMP
citrixadmin Citrix ADMIN
citrixima Citrix IMA
citriximaclient Citrix MA Client
citrixupp Citrix Universal Printing Port
citrixuppg Citrix UPP Gateway
citynl CityNL License Management
cl-1 Network Innovations CL/1 IANA assigned this well-formed service name
cl-db-attach Classic Line Database Server Attach
cl-db-remote Classic Line Database Server Remote
cl-db-request Classic Line Database Server Request
clariion-evr01 clariion-evr01
classic Classic Data Server
cleanerliverc CleanerLive remote ctrl
clearcase Clearcase
clearvisn clearVisn Services Port
clever-ctrace CleverView for cTrace Message Service
clever-tcpip CleverView for TCP/IP Message Service
cleverdetect CLEVERDetect Message Service
client-ctrl Client Control
client-wakeup T-Mobile Client Wakeup Message
cloanto-lm Cloanto License Manager
cloanto-net-1 Cloanto Net 1
close-combat close-combat
cloudcheck ASSIA CloudCheck WiFi Management System
cloudcheck-ping ASSIA CloudCheck WiFi Management keepalive
cloudsignaling Cloud Signaling Service
clp Cisco Line Protocol
cluster-disc Cluster Disc
clusterxl Checkpoint router state backup
clutild Clutild
clvm-cfg clvm-cfg
cm Context Management
cma CORBA Management Agent
cmadmin Clinical Context Managers
cmc-port Coalsere CMC Port
cmip-agent CMIP/TCP Agent
cmip-man CMIP/TCP Manager
cmmdriver CMMdriver
cmtp-av CYTEL Message Transfer Audio and Video
cmtp-mgt CYTEL Message Transfer Management
cnap Calypso Network Access Protocol
cnckadserver cncKadServer DB & Inventory Services
cncp Cisco Nexus Control Protocol
cnhrp cnhrp
cnrp CNRP
cnrprotocol Common Name Resolution Protocol
cns-srv-port CNS Server Port
coap Constrained Application Protocol (CoAP)
coaps Constrained Application Protocol (CoAP)
coauthor oracle
cockroach CockroachDB
codaauth2 codaauth2
codasrv codasrv
codasrv-se codasrv-se
codemeter CodeMeter Standard
codemeter-cmwan TPC/IP requests of copy protection software to a server
codima-rtp Codima Remote Transaction Protocol
cogitate Cogitate, Inc.
cognex-dataman Cognex DataMan Management Protocol
cognex-insight COGNEX-INSIGHT
cognima Cognima Replication
cogsys-lm Cogsys Network License Manager
coherence Oracle Coherence Cluster Service
coherence-disc Oracle Coherence Cluster discovery service
cohesity-agent Cohesity backup agents
collaber Collaber Network Service
collaborator Collaborator
colubris Colubris Management Port
com-bardac-dw com-bardac-dw
combox-web-acc Combox Web Access
comcam Comcam
comcam-io ComCam IO Port
commandport AirMobile IS Command Port
commerce commerce
commlinx-avl CommLinx GPS / AVL System
commonspace commonspace
commplex-link a service
commplex-main a service
commtact-http Commtact HTTP
commtact-https Commtact HTTPS
comotionback CoMotion Backup Server
comotionmaster CoMotion Master Server
compaq-evm Compaq EVM
compaq-https Compaq HTTPS
compaq-scp Compaq SCP
compaq-wcp Compaq WCP
composit-server Composit Server
compx-lockview CompX-LockView
comsat a service
comscm comscm
con a service
conclave-cpp Conclave CPP
concomp1 ConComp1
concurrent-lm concurrent-lm
condor Condor Collector Service
conductor Conductor test coordination protocol
conductor-mpx conductor for multiplex
conf a service
conference chat
conferencetalk ConferenceTalk
config-port Configuration Port
confluent Confluent License Manager
connect CONNECT
connect-client OC Connect Client
connect-server OC Connect Server
connected Connected Corp
connection Dell Connection
connendp almanid Connection Endpoint
connlcli CONNLCLI
conspiracy Conspiracy messaging
consul-insight Consul InSight Security
contamac-icm Contamac ICM Service IANA assigned this well-formed service name as a
contclientms Container Client Message Service
contentserver ContentServer
continuus Continuus
controlone-con ControlONE Console signaling
converge Converge RPC
coord-svr Coordinator Server
cops COPS
cops-tls COPS/TLS
copy Port for copy peer sync feature
copy-disc Port for copy discovery
copycat Copycat database replication service
cora Client Connection Management and Data Exchange Service
cora-disc Discovery for Client Connection Management and Data Exchange Service
corba-iiop CORBA IIOP
corba-iiop-ssl CORBA IIOP SSL
corbaloc CORBA LOC
core-of-source Online mobile multiplayer game
corel-vncadmin Corel VNC Admin IANA assigned this well-formed service name as a
corelccam Corel CCam
corelvideo CORELVIDEO
corerjd corerjd
cosmocall Cosmocall
couchdb CouchDB
courier rpc
covia Communications Integrator (CI)
cp-cluster Check Point Clustering
cp-spxdpy Cambridge Pixel SPx Display
cp-spxrpts Cambridge Pixel SPx Reports
cp-spxsvr Cambridge Pixel SPx Server
cpdi-pidas-cm CPDI PIDAS Connection Mon
cpdlc Controller Pilot Data Link Communication
cplscrambler-al CPL Scrambler Alarm Log
cplscrambler-in CPL Scrambler Internal
cplscrambler-lg CPL Scrambler Logging
cppdp Cisco Peer to Peer Distribution Protocol
cpq-tasksmart CPQ-TaskSmart
cpq-wbem Compaq HTTP
cpqrpm-agent Compaq RPM Agent Port
cpqrpm-server Compaq RPM Server Port
cps Fencing Server
cpscomm CipherPoint Config Service
cpsp Control Plane Synchronization Protocol (SPSP)
cpudpencap CPUDPENCAP
cqg-netlan CQG Net/LAN
cqg-netlan-1 CQG Net/LAN 1
cr-websystems CR WebSystems
creativepartnr CreativePartnr
creativeserver CreativeServer
cresco-control Cresco Controller
crescoctrl-disc Cresco Controller Discovery
crestron-cip Crestron Control Port
crestron-cips Crestron Secure Control Port
crestron-ctp Crestron Terminal Port
crestron-ctps Crestron Secure Terminal Port
crinis-hb Crinis Heartbeat
crip CRIP
crmsbits CRMSBITS
crs crs
crtech-nlm CRTech NLM
cruise-config Cruise CONFIG
cruise-diags Cruise DIAGS
cruise-enum Cruise ENUM
cruise-swroute Cruise SWROUTE
cruise-update Cruise UPDATE
crusecontrol Remote Control of Scan Software for Cruse Scanners
cryptoadmin Crypto Admin
cs-auth-svr CS-Authenticate Svr Port
cs-live cs-live.com
cs-remote-db C&S Remote Database Port
cs-services C&S Web Services Port
csbphonemaster csbphonemaster
csc-proxy Cascade Proxy IANA assigned this well-formed service name as a
csccfirewall CSCCFIREWALL
csccredir CSCCREDIR
cscp CSCP
csd-monitor ContinuStor Monitor Port
csdm CSDM
csdmbase CSDMBASE
csedaemon Cruse Scanning System Service
csi-lfap CSI-LFAP
csi-sgwp Cabletron Management Protocol
cslg Citrix StorageLink Gateway
cslistener CSlistener
csms CSMS
csms2 CSMS2
csnet-ns Mailbox Name Nameserver
csnotify CSNOTIFY
cso CCSO name server protocol
csoauth A product key authentication protocol made by CSO
csoft-plusclnt Csoft Plus Client
csoft-prev CSoft Prev Port
csoft1 csoft1
csoftragent Csoft Agent
cspclmulti CSPCLMULTI
cspmlockmgr CSPMLockMgr
cspmulti cspmulti
cspuni cspuni
csregagent CSREGAGENT
csrpc centrify secure RPC
cssc Symantec CSSC
cssp Coordinated Security Service Protocol
cst-port CST - Configuration & Service Tracker
csvr ConServR file translation
csvr-proxy ConServR Proxy
csvr-sslproxy ConServR SSL Proxy
ct2nmcs Comtech T2 NMCS
ctcd ctcd
ctdb CTDB
ctdhercules ctdhercules
ctdp CT Discovery Protocol
ctechlicensing C Tech Licensing
ctf Common Trace Facility
cti-redwood CTI Redwood
ctiprogramload CTI Program Load
ctisystemmsg CTI System Msg
ctlptc Control Protocol
ctp Chantry Tunnel Protocol
ctp-state Context Transfer Protocol
ctsd MyCTS server port
ctt-broker CTT Broker
ctx-bridge CTX Bridge Port
ctxlic Citrix Licensing
ctxs-vpp Citrix Virtual Path
cuelink StageSoft CueLink messaging
cuelink-disc StageSoft CueLink discovery
cuillamartin CuillaMartin Company
cumulus Cumulus
cumulus-admin Cumulus Admin Port
curiosity API endpoint for search application
cuseeme bonjour-cuseeme
custix Customer IXChange
cvc cvc
cvc-hostd cvc_hostd IANA assigned this well-formed service name as a replacement
cvd cvd
cvmmon CVMMON
cvmon cvmon
cvspserver cvspserver
cvsup CVSup
cwmp Broadband Forum CWMP
cxtp Context Transfer Protocol
cxws CXWS Operations
cyaserv cyaserv
cybercash cybercash
cyborg-systems CYBORG Systems
cyborgnet CyborgNet communications protocol
cybro-a-bus CyBro A-bus Protocol
cyc Cyc
cycleserv a service
cycleserv2 a service
cylink-c Cylink-C
cymtec-port Cymtec secure management
cypress a service
cypress-stat a service
cytel-lm Cytel License Manager
d-cinema-csp SMPTE Content Synchonization Protocol
d-cinema-rrp D-Cinema Request-Response
d-data Diagnostic Data
d-data-control Diagnostic Data Control
d-fence SYMAX D-FENCE
d-s-n Distributed SCADA Networking Rendezvous Port
d-star D-Star Routing digital voice+data for amateur radio
d2000kernel D2000 Kernel Port
d2000webserver D2000 Webserver Port
d2dconfig D2D Configuration Service
d2ddatatrans D2D Data Transfer Service
d2k-datamover1 D2K DataMover 1
d2k-datamover2 D2K DataMover 2
d2k-tapestry1 D2K Tapestry Client to Server
d2k-tapestry2 D2K Tapestry Server to Server
d3winosfi D3WinOSFI
daap Digital Audio Access Protocol (iTunes)
dab-sti-c DAB STI-C
dai-shell Server for the DAI family of client-server products
daishi daishi
dali DALI lighting control
damewaremobgtwy The DameWare Mobile Gateway Service
dandv-tester D and V Tester Control Port
danf-ak2 AK2 Product
daqstream Streaming of measurement data
darcorp-lm darcorp-lm
dashpas-port DASHPAS user port
dasp dasp
data-insurance Data Insurance
data-port Data Port
datacaptor DataCaptor
datalens DataLens Service
dataprotector Micro Focus Data Protector
datascaler-ctl DataScaler control
datascaler-db DataScaler database
datasurfsrv DataRampSrv
datasurfsrvsec DataRampSrvSec
datex-asn DATEX-ASN
datusorb Datusorb
davsrc WebDav Source Port
davsrcs WebDAV Source TLS/SSL
dawn Dawn
dayliteserver Daylite Server
daylitetouch Daylite Touch Sync
daytime Daytime
db-lsp Dropbox LanSync Protocol
db-lsp-disc Dropbox LanSync Discovery
db2c-tls IBM Db2 Client Interface - Encrypted
dbabble dbabble
dbase dBASE Unix
dbbrowse Databeam Corporation
dbcontrol-agent Oracle dbControl Agent po IANA assigned this well-formed service name
dbcontrol-oms dbControl OMS
dbdb DBDB
dberegister dberegister
dbisamserver1 DBISAM Database Server - Regular
dbisamserver2 DBISAM Database Server - Admin
dbm dbm
dbref dbref
dbreporter Integrity Solutions
dbstar DBStar
dbsyncarbiter Synchronization Arbiter
dc a service
dca DCA
dcap dCache Access Protocol
dccm Direct Cable Connect Manager
dccp-udp Datagram Congestion Control Protocol Encapsulation for NAT Traversal
dcp Device Control Protocol
dcs DCS
dcs-config DCS Configuration Port
dcsl-backup DCSL Network Backup Services
dcsoftware DataCore Software
dctp DCTP
dcutility Dev Consortium Utility
dddp Dynamic Device Discovery
ddgn DeskDirect Global Network
ddi-tcp-1 NewsEDGE server TCP (TCP 1)
ddi-tcp-2 Desktop Data TCP 1
ddi-tcp-3 Desktop Data TCP 2
ddi-tcp-4 Desktop Data TCP 3: NESS application
ddi-tcp-5 Desktop Data TCP 4: FARM product
ddi-tcp-6 Desktop Data TCP 5: NewsEDGE/Web application
ddi-tcp-7 Desktop Data TCP 6: COAL application
ddi-udp-1 NewsEDGE server UDP (UDP 1)
ddi-udp-2 NewsEDGE server broadcast
ddi-udp-3 NewsEDGE client broadcast
ddi-udp-4 Desktop Data UDP 3: NESS application
ddi-udp-5 Desktop Data UDP 4: FARM product
ddi-udp-6 Desktop Data UDP 5: NewsEDGE/Web application
ddi-udp-7 Desktop Data UDP 6: COAL application
ddm-dfm DDM-Distributed File Management
ddm-rdb DDM-Remote Relational Database Access
ddm-ssl DDM-Remote DB Access Using Secure Sockets
ddns-v3 Dynamic DNS Version 3
ddrepl Data Domain Replication Service
ddt Dynamic DNS Tools
de-cache-query de-cache-query
de-noc de-noc
de-server de-server
de-spot de-spot
dec-dlm DEC DLM IANA assigned this well-formed service name as a replacement
dec-mbadmin dec-mbadmin
dec-mbadmin-h dec-mbadmin-h
dec-notes DEC Notes
decap decap
decauth decAuth
decbsrv decbsrv
decladebug DECLadebug Remote Debug Protocol
dectalk a service
decvms-sysmgt decvms-sysmgt
dei-icda DEI-ICDA
delibo Delibo
dell-eql-asm Dell EqualLogic Host Group Management
dell-rm-port Dell Remote Management
dellpwrappks DELLPWRAPPKS
dellwebadmin-1 Dell Web Admin 1
dellwebadmin-2 Dell Web Admin 2
delos-dms DELOS Direct Messaging
delta-mcp delta-mcp
denali-server Denali Server
deos Distributed External Object Store
deploymentmap Service to distribute and update within a site deployment information
deprecated Deprecated
derby-repli Apache Derby Replication
descent3 Descent 3
deskshare deskshare
desktop-dna Desktop DNA
deskview DeskView
devbasic DEVBASIC
device a service
device2 a service
devshr-nts DeviceShare
dey-keyneg DEY Storage Key Negotiation
dey-sapi DEY Storage Administration REST API
dfn Data Flow Network
dfoxserver DFOXSERVER
dfserver MineScape Design File Server
dgi-serv Digital Gaslight Service
dgpf-exchg DGPF Individual Exchange
dhanalakshmi dhanalakshmi.org EDI Service
dhcp-failover DHCP Failover
dhcp-failover2 dhcp-failover 2
dhcpv6-client DHCPv6 Client
dhcpv6-server DHCPv6 Server
dhct-alerts BIAP Generic Alert
dhct-status BIAP Device Status
dhe DHE port
di-ase di-ase
di-drm Digital Instinct DRM
di-msg DI Messaging Service
di-traceware di-traceware
diagmond diagmond
diagnose-proc DIAGNOSE-PROC
dialog-port Dialog Port
dialogic-elmd dialogic-elmd
dialpad-voice1 Dialpad Voice 1
dialpad-voice2 Dialpad Voice 2
diameter DIAMETER
diameters Diameter over TLS/TCP
diamondport DiamondCentral Interface
dic-aida DIC-Aida
dicom DICOM
dicom-iscl DICOM ISCL
dicom-tls DICOM TLS
dict DICT
dict-lookup Lookup dict server
dif-port Distributed Framework Port
digilent-adept Adept IP protocol
digiman digiman
digital-notary Digital Notary Protocol
digital-vrc digital-vrc
digivote DIGIVOTE (R) Vote-Server
dilithium3 Persistent peer-to-peer connections for block propagation, transaction
direcpc-dll DirecPC-DLL
direcpc-si DirecPC SI
direcpc-video DirecPC Video
direct Direct
directnet DirectNet IM System
directplay DirectPlay
directplay8 DirectPlay8
directplaysrvr Direct Play Server
directv-catlg Direct TV Data Catalog
directv-soft Direct TV Software Updates
directv-tick Direct TV Tickers
directv-web Direct TV Webcasting
directvdata DIRECTVDATA
dirgis DIRGIS
disclose campaign contribution disclosures - SDR Technologies
discovery-port Surrogate Discovery Port
discp-client discp client
discp-server discp server
display Wi-Fi Alliance Wi-Fi Display Protocol
dist-upgrade Distributed Upgrade Port
distcc distributed compiler
distinct distinct
distinct32 Distinct32
dixie DIXIE Protocol Specification
dj-ice DJ-ICE
dj-ilm DJ ILM
dka dka
dkmessenger DKMessenger Protocol
dl-agent DirectoryLockdown Agent IANA assigned this well-formed service name as
dlep Dynamic Link Exchange Protocol (DLEP)
dlip DLIP
dlms-cosem DLMS/COSEM
dlpx-sp Delphix Session Protocol
dls Directory Location Service
dls-mon Directory Location Service Monitor
dls-monitor a service
dlsrap Data Link Switching Remote Access Protocol
dlsrpn Data Link Switch Read Port Number
dlswpn Data Link Switch Write Port Number
dmaf-caster DMAF Caster
dmaf-server DMAF Server
dmdocbroker dmdocbroker
dmexpress DMExpress
dmidi DMIDI
dmod-workspace DMOD WorkSpace
dmp Direct Message Protocol
dmt Cleondris DMT
dn6-nlm-aud DNSIX Network Level Module Audit
dn6-smm-red DNSIX Session Mgt Module Audit Redir
dna DNA
dna-cml DNA-CML
dnap DNA Protocol
dnc-port Discovery and Net Config
dnox DNOX
dnp DNP
dnp-sec Distributed Network Protocol - Secure
dns-llq DNS Long-Lived Queries
dns2go DNS2Go
dnsix DNSIX Securit Attribute Token Map
dnx Distributed Nagios Executor Service
doc-server Document WCF Server
doc1lm DOC1 License Manager
docent DOCENT
doceri-ctl doceri drawing service control
doceri-view doceri drawing service screen view
docker Docker REST API (plain text)
docker-s Docker REST API (ssl)
docstor DocStor
documentum EMC-Documentum Content Server Product
documentum-s EMC-Documentum Content Server Product IANA assigned this well-formed
dof-dps-mc-sec DOF Protocol Stack Multicast/Secure Transport
dof-eps DOF Protocol Stack
dof-tunnel DOF Tunneling Protocol
dof-tunnel-sec DOF Secure Tunnel
doglms SuperDog License Manager
doglms-notify SuperDog License Manager Notifier
doip-data DoIP Data
doip-disc DoIP Discovery
domain Domain Name Server
domain-s DNS query-response protocol run over TLS
domaintime domaintime
domiq DOMIQ Building Automation
donnyworld donnyworld
doom doom Id Software
dossier Dossier Server
dots-signal Distributed Denial-of-Service Open Threat Signaling (DOTS) Signal
down a service
downtools DownTools Control Protocol
downtools-disc DownTools Discovery Protocol
dp-bura Data Protector BURA
dpap Digital Photo Access Protocol (iPhoto)
dpcp DPCP
dpi-proxy dpi-proxy
dpkeyserv dpkeyserv
dpm DPM Communication Server
dpm-acm Microsoft DPM Access Control Manager
dpm-agent DPM Agent Coordinator
dpp WFA Device Provisioning Protocol
dproxy dproxy
dpserve DP Serve
dpserveadmin DP Serve Admin
dpsi DPSI
dragonfly Dragonfly System Service
drip Dynamic Routing Information Protocol
driveappserver Drive AppServer
drizzle Drizzle database server
drm-production Discovery and Retention Mgt Production
drmsfsd drmsfsd
drmsmc drmsmc
drp DRP
drwcs Dr.Web Enterprise Management Service
ds-admin ASIGRA Televaulting DS-System Monitoring/Management
ds-clnt ASIGRA Televaulting DS-Client Service
ds-mail ASIGRA Televaulting Message Level Restore service
ds-slp ASIGRA Televaulting DS-Sleeper Service
ds-srv ASIGRA Services
ds-srvr ASIGRA Televaulting DS-System Service
ds-user ASIGRA Televaulting DS-Client Monitoring/Management
dsatp OPNET Dynamic Sampling Agent Transaction Protocol
dsc Distributed Service Coordinator
dsd Distress and Safety Data App
dsdn dsdn
dserver Exsequi Appliance Discovery
dsetos NEC Corporation
dsf a service
dsfgw dsfgw
dslremote-mgmt DSL Remote Management
dsm-scm-target DSM/SCM Target Interface
dsmcc-ccp DSMCC Channel Change Protocol
dsmcc-config DSMCC Config
dsmcc-download DSMCC Download Protocol
dsmcc-passthru DSMCC Pass-Thru Messages
dsmcc-session DSMCC Session Messages
dsmeter-iatc DSMETER Inter-Agent Transfer Channel IANA assigned this well-formed
dsmipv6 Dual Stack MIPv6 NAT Traversal
dsom-server dsom-server
dsp Display Support Protocol
dsp3270 Display Systems Protocol
dssiapi DSSIAPI
dsx-agent DS Expert Agent
dsx-monitor DS Expert Monitor IANA assigned this well-formed service name as a
dt-mgmtsvc Double-Take Management Service
dt-vra Double-Take Virtual Recovery Assistant
dta-systems D-TA SYSTEMS
dtag-ste-sb DTAG
dtk DTK
dtn-bundle DTN Bundle TCP CL Protocol
dtn1 DTN1
dtp DIRECWAY Tunnel Protocol
dtp-dia DTP/DIA
dtp-net DASGIP Net Services
dtpt Desktop Passthru Service
dts Data Base Server
dtserver-port DTServer Port
dtspcd Desk-Top Sub-Process Control Daemon
dtv-chan-req DTV Channel Request
dvapps Docsvault Application Service
dvbservdsc DVB Service Discovery
dvcprov-port Device Provisioning Port
dvl-activemail DVL Active Mail
dvr-esm March Networks Digital Video Recorders and Enterprise Service Manager
dvt-data DVT DATA LINK
dvt-system DVT SYSTEM PORT
dwf Tandem Distributed Workbench Facility
dwmsgserver DiamondWave MSG Server
dwnmshttp DiamondWave NMS Server
dwr dwr
dx-instrument Thermo Fisher Scientific Instrumentation (Formally Dionex)
dxadmind CA Administration Daemon
dxmessagebase1 DX Message Base Transport Protocol
dxmessagebase2 DX Message Base Transport Protocol
dxspider dxspider linking protocol
dyn-site Dynamic Site System
dyna-access Dyna Access
dyna-lm Dyna License Manager (Elam)
dynamic3d DYNAMIC3D
dynamid DynamID authentication
dyniplookup Dynamic IP Lookup
dzdaemon Sun SDViz DZDAEMON Port
dzoglserver Sun SDViz DZOGLSERVER Port
e-builder e-Builder Application Communication
e-design-net e-Design network
e-design-web e-Design web
e-dpnet Ethernet WS DP network
e-mdu Ericsson Mobile Data Unit
e-net E-Net
e-woa Ericsson Web on Air
e1-interface E1 signalling transport (3GPP)
ea Eclipse Aviation
ea1 EA1
eapol-relay Relay of EAPOL frames
eapsp EPSON Advanced Printer Share Protocol
easl Emergency Automatic Structure Lockdown System
easy-soft-mux easy-soft Multiplexer
easyengine EasyEngine is CLI tool to manage WordPress Sites on Nginx server
eba EBA PRISE
ebinsite EBInSite
echo Echo
echonet ECHONET
ecmp Emerson Extensible Control and Management Protocol
ecmp-data Emerson Extensible Control and Management Protocol Data
ecmport ECM Server port
ecnp ECNP
ecolor-imager E-Color Enterprise Imager
ecomm eComm link port
ecovisiong6-1 ECOVISIONG6-1
ecp Extensible Code Protocol
ecsqdmn CA eTrust Common Services
ecwcfg ECweb Configuration Service
edb-server1 EDB Server 1
edb-server2 EBD Server 2
edbsrvr ElevateDB Server
editbench Registration Network Protocol
edix EDI Translation Protocol
edm-adm-notify EDM ADM Notify
edm-manager EDM Manger
edm-mgr-cntrl EDM MGR Cntrl
edm-mgr-sync EDM MGR Sync
edm-stager EDM Stager
edm-std-notify EDM STD Notify
edtools User Discovery Service
eenet EEnet communications
efb-aci EFB Application Control Interface
efcp e Field Control (EIBnet)
efi-lm EFI License Management
efi-mg Easy Flexible Internet/Multiplayer Games
efidiningport efidiningport
eforward eforward
efr Fiscal Registering Protocol
efs extended file name server
eftp Epipole File Transfer Protocol
egptlm Eaglepoint License Manager
egs Evolution Game Server
ehome-ms eHome Message Server
ehp-backup EHP Backup Protocol
ehs Event Heap Server
ehs-ssl Event Heap Server SSL
ehtp End-by-Hop Transmission Protocol
eicon-server Eicon Security Agent/Server
eicon-slp Eicon Service Location Protocol
eicon-x25 Eicon X25/SNA Gateway
eims-admin EIMS ADMIN
eis ESRI Image Server
eisp ESRI Image Service
eisport EIS Server port
elad ELAD Protocol
elan Elan License Manager
elanlm ELAN LM
elatelink ELATELINK
elcn Embedded Light Control Network
elcsd errlog copy/server daemon
eldim eldim is a secure file upload proxy
elektron-admin Elektron Administration
elfiq-repl Elfiq Replication Service
eli ELI - Event Logging Integration
elipse-rec Elipse RPC Protocol
ellpack a service
elm-momentum Elm-Momentum
elpro-tunnel ELPRO V2 Protocol Tunnel IANA assigned this well-formed service name
els E.L.S., Event Listener Service
elvin-client Elvin Client IANA assigned this well-formed service name as a
elvin-server Elvin Server IANA assigned this well-formed service name as a
elxmgmt Emulex HBAnyware Remote Management
em7-secom EM7 Secure Communications
ema-sent-lm EMA License Manager
emb-proj-cmd EPSON Projecter Image Transfer
embl-ndt EMBL Nucleic Data Transfer
embrace-dp-c Embrace Device Protocol Client
embrace-dp-s Embrace Device Protocol Server
emc-gateway EMC-Gateway
emc-pp-mgmtsvc EMC PowerPath Mgmt Service
emc-vcas-tcp EMC Virtual CAS Service
emc-vcas-udp EMV Virtual CAS Service Discovery
emc-xsw-dcache EMC XtremSW distributed cache
emc-xsw-dconfig EMC XtremSW distributed config
emcads EMCADS Server Port
emce CCWS mm conf
emcrmirccd EMC Replication Manager Client
emcrmird EMC Replication Manager Server
emcsymapiport EMCSYMAPIPORT
emfis-cntl EMFIS Control Service
emfis-data EMFIS Data Service
emgmsg Emergency Message Control Service
emp-server1 Empress Software Connectivity Server 1
emp-server2 Empress Software Connectivity Server 2
emperion Emperion
empire-empuma empire-empuma
empowerid EmpowerID Communication
emprise-lls Emprise License Server
emprise-lsc License Server Console
ems Rimage Messaging Server
emsd-port Expnd Maui Srvr Dscovr
emwavemsg emWave Message Service
emwin EMWIN
encore encore
encrypted-admin encrypted admin requests IANA assigned this well-formed service name
encrypted-llrp EPCglobal Encrypted LLRP
enfs Etinnae Network File Service
enguity-xccetp Xcorpeon ASIC Carrier Ethernet Transport
enl ENL
enl-name ENL-Name
enlabel-dpl Proprietary Website deployment service
enpc ENPC
enpp ENPP
enrp enrp server channel
enrp-sctp enrp server channel
enrp-sctp-tls enrp/tls server channel
ent-engine Enterprise Engine Port
entexthigh IBM Enterprise Extender SNA COS High Priority
entextlow IBM Enterprise Extender SNA COS Low Priority
entextmed IBM Enterprise Extender SNA COS Medium Priority
entextnetwk IBM Enterprise Extender SNA COS Network Priority
entextxid IBM Enterprise Extender SNA XID Exchange
entomb a service
entp ENTP
entrust-aaas entrust-aaas
entrust-aams entrust-aams
entrust-ash Entrust Administration Service Handler
entrust-kmsh Entrust Key Management Service Handler
entrust-sps entrust-sps
entrusttime EntrustTime
eor-game Edge of Reality game data
eoss EOSS
ep-nsp EPSON Network Screen Port
ep-pcp EPSON Projector Control Port
epc eTrust Policy Compliance
epicon Epicon
epl-slp EPL Sequ Layer Protocol
epmap DCE endpoint resolution
epmd Erlang Port Mapper Daemon
epncdp2 Epson Network Common Devi
epnsdp EPNSDP
eportcomm E-Port Message Service
eportcommdata E-Port Data Service
epp Extensible Provisioning Protocol
eppc Remote AppleEvents/PPC Toolbox
ept-machine EPT Machine Interface
eq-office-4940 Equitrac Office
eq-office-4941 Equitrac Office
eq-office-4942 Equitrac Office
eq3-config EQ3 discovery and configuration
eq3-update EQ3 firmware update
equationbuilder Digital Tool Works (MIT)
ergolight Ergolight
eristwoguns eristwoguns
erp-scale ERP-Scale
erpc Encore Expedited Remote Pro.Call
erunbook-agent eRunbook Agent IANA assigned this well-formed service name as a
erunbook-server eRunbook Server IANA assigned this well-formed service name as a
es-elmd es-elmd
esbroker ESBroker
escp-ip ESCP
escvpnet ESC/VP.net
eserver-pap IBM eServer PAP
esimport Electromed SIM port
esinstall Enterprise Security Remote Install
esip ESIP
esl-lm ESL License Manager
esmagent Enterprise Security Agent
esmmanager Enterprise Security Manager
esnm-zoning ESNM Zoning Port
esp-encap esp-encap
esp-lm Enterprise Software Products License Manager
espeasy-p2p ESPeasy peer-2-peer communication
espeech eSpeech Session Protocol
espeech-rtp eSpeech RTP Protocol
esps-portal esps-portal
esri-sde ESRI SDE Instance IANA assigned this well-formed service name as a
esro-emsdp ESRO-EMSDP V1.3
esro-gen Efficient Short Remote Operations
essbase Essbase Arbor Software
essp ESSP
essweb-gw EssWeb Gateway
estamp Evidentiary Timestamp
etb4j etb4j
etc-control ETC Control
etcd-client etcd client communication
etcd-server etcd server to server communication
etebac5 ETEBAC 5
etftp Enhanced Trivial File Transfer Protocol
ethercat EtherCAT Port
ethernet-ip-1 EtherNet/IP I/O IANA assigned this well-formed service name as a
ethernet-ip-2 EtherNet/IP messaging IANA assigned this well-formed service name as a
ethernet-ip-s EtherNet/IP over TLS
ethoscan EthoScan Service
etlservicemgr ETL Service Manager
etp Event Transfer Protocol
ets ets
eudora-set Eudora Set
ev-services Enterprise Vault Services
evb-elm EVB Software Engineering License Manager
event-listener Event Listener IANA assigned this well-formed service name as a
event-port HTTP Event Port
everydayrc everydayrc
evm Enterprise Virtual Manager
evtp EVTP
evtp-data EVTP-DATA
ew-disc-cmd Cisco EnergyWise Discovery and Command Flooding
ew-mgmt Cisco EnergyWise Management
ewall EWALL
ewcappsrv ewcappsrv
ewctsp EWCTSP
ewdgs EminentWare DGS
ewinstaller EminentWare Installer
ewnn ewnn
exapt-lmgr Exapt License Manager
exasoftport1 Exasoft IP Port
exbit-escp Exbit-ESCP
exce eXcE
excerpt Excerpt Search
excerpts Excerpt Search Secure
excw eXcW
exec remote process execution; authentication performed using passwords and
exlm-agent EXLM Agent
exoconfig EXOconfig
exoline-tcp EXOline-TCP
exoline-udp EXOline-UDP
exonet EXOnet
exp1 RFC3692-style Experiment 1
exp2 RFC3692-style Experiment 2
expresspay Express Pay
extensis extensis
eye2eye eye2eye
eyelink EyeLink
eyetv EyeTV Server Port
ezmeeting eZmeeting
ezmeeting-2 eZmeeting
ezmessagesrv EZNews Newsroom Message Service
ezproxy eZproxy
ezproxy-2 eZproxy
ezrelay eZrelay
f1-control F1 Control Plane (3GPP)
f5-globalsite f5-globalsite
f5-iquery F5 iQuery
fac-restore T-Mobile SMS Protocol Message 3
facelink FACELINK
facilityview facilityview
facsys-ntp Facsys NTP
facsys-router Facsys Router
fagordnc fagordnc
faircom-db FairCom Database
fairview Fairview Message Service
famdc FAM Archive Server
farenet Sandlab FARENET
fast-rem-serv Fast Remote Services
fastlynx FastLynx
fatpipe FATPIPE
fatserv Fatmen Server
faxcomservice Faxcom Message Service
faximum Faximum
faxportwinport faxportwinport
faxstfx-port FAXstfX
fazzt-admin Fazzt Administration
fazzt-ptp Fazzt Point-To-Point
fc-cli Fujitsu Config Protocol
fc-faultnotify FC Fault Notification
fc-ser Fujitsu Config Protocol
fcip-port FCIP
fcis F-Link Client Information Service
fcis-disc F-Link Client Information Service Discovery
fcmsys fcmsys
fcopy-server fcopy-server
fcopys-server fcopys-server
fcp FirstClass Protocol
fcp-addr-srvr1 fcp-addr-srvr1
fcp-addr-srvr2 fcp-addr-srvr2
fcp-cics-gw1 fcp-cics-gw1
fcp-srvr-inst1 fcp-srvr-inst1
fcp-srvr-inst2 fcp-srvr-inst2
fcp-udp FCP
fdt-rcatp FDT Remote Categorization Protocol
fdtracks FleetDisplay Tracking Service
febooti-aw Febooti Automation Workshop
feitianrockey FeiTian Port
femis Federal Emergency Management Information System
ferrari-foam Ferrari electronic FOAM
ff-annunc FF Annunciation
ff-fms FF Fieldbus Message Specification
ff-ice Flight & Flow Info for Collaborative Env
ff-lr-port FF LAN Redundancy Port
ff-sm FF System Management
ffserver Antera FlowFusion Process Simulation
fg-fps fg-fps
fg-gip fg-gip
fg-sysupdate fg-sysupdate
fhc Federico Heinz Consultora
fhsp Fujitsu Hot Standby Protocol
fibotrader-com Fibotrader Communications
filecast filecast
filemq ZeroMQ file publish-subscribe protocol
filenet-cm FileNET Component Manager
filenet-nch Filenet NCH
filenet-obrok FileNet BPM CORBA
filenet-pa FileNET Process Analyzer
filenet-pch Performance Clearinghouse
filenet-peior FileNET BPM IOR
filenet-powsrm FileNet BPM WS-ReliableMessaging Client
filenet-re FileNET Rules Engine
filenet-rmi FileNET RMI
filenet-rpc Filenet RPC
filenet-tms Filenet TMS
filesphere fileSphere
filex-lport FileX Listening Port
find Find Identification of Network Devices
findviatv FINDVIATV
finger Finger
finisar finisar
finle-lm Finle License Manager
fintrx Fintrx
fio-cmgmt Fusion-io Central Manager Service
fiorano-msgsvc Fiorano MsgSvc
fiorano-rtrsvc Fiorano RtrSvc
firefox firefox
firemonrcc FireMon Revision Control
firepower firepower
first-defense Remote systems monitoring
firstcall42 First Call 42
fis Flight Information Services
fisa-svc FISA Service
fiveacross Five Across Server
fj-hdnet fj-hdnet
fjappmgrbulk fjappmgrbulk
fjcp Fujitsu Cooperation Port
fjdmimgr fjdmimgr
fjdocdist fjdocdist
fjhpjp FJHPJP
fjicl-tep-a Fujitsu ICL Terminal Emulator Program A
fjicl-tep-b Fujitsu ICL Terminal Emulator Program B
fjicl-tep-c Fujitsu ICL Terminal Emulator Program C
fjinvmgr fjinvmgr
fjippol-cnsl a service
fjippol-polsvr a service
fjippol-port1 a service
fjippol-port2 a service
fjippol-swrly a service
fjitsuappmgr Fujitsu App Manager
fjmpcm Fujitsu Configuration Management Service
fjmpjps Fjmpjps
fjmpss fjmpss
fjsv-gssagt FJSV gssagt
fjsvmpor FJSVmpor
fjswapsnp Fjswapsnp
fksp-audit Fireking Audit Port
flamenco-proxy Flamenco Networks Proxy
flashfiler FlashFiler
flashmsg Flash Msg
flcrs Symantec Fingerprint Lookup and Container Reference Service
flex-lmadmin A protocol for managing license services
flexlm Flexible License Manager
flirtmitmir www.FlirtMitMir.de
fln-spx Berkeley rlogind with SPX auth
florence FLORENCE
flr-agent FileLocator Remote Search Agent IANA assigned this well-formed service
flukeserver FlukeServer
fly Fly Object Space
fmp Funambol Mobile Push
fmpro-fdal FileMaker, Inc. - Data Access Layer
fmpro-internal FileMaker, Inc. - Proprietary transport
fmpro-v6 FileMaker, Inc. - Proprietary transport
fmsas Administration Server Access
fmsascon Administration Server Connector
fmtp Flight Message Transfer Protocol
fmwp FileMaker, Inc. - Web publishing
fnet-remote-ui FlashNet Remote Admin
fodms FODMS FLIP
foliocorp Folio Remote Server
font-service X Font Service
foresyte-clear Foresyte-Clear
foresyte-sec Foresyte-Sec
fortisphere-vm Fortisphere VM Service
fotogcad FotoG CAD interface
found Found Messaging Protocol
fpitp Fingerprint Image Transfer Protocol
fpo-fns FPO-FNS
fprams Fiber Patrol Alarm Service
frc-hicp FrontRow Calypso Human Interface Control Protocol
frc-hicp-disc FrontRow Calypso Human Interface Control Protocol
frc-hp ForCES HP (High Priority) channel
frc-lp ForCES LP (Low priority) channel
frc-mp ForCES MP (Medium Priority) channel
frcs Fibics Remote Control Service
freeciv Freeciv gameplay
freezexservice FreezeX Console Service
fronet FRONET message protocol
fryeserv NetWare Loadable Module - Seagate Software
fs-agent FireScope Agent
fs-mgmt FireScope Management Interface
fs-qos Foursticks QoS Protocol
fs-rh-srv FS Remote Host Server
fs-server FireScope Server
fsc-port FSC Communication Port
fse File system export of backup images
fsportmap File System Port Map
fsr File System Repository Agent
ft-role FT-ROLE
ftnmtp FTN Message Transfer Protocol
ftp File Transfer Protocol
ftp-agent FTP Software Agent System
ftp-data File Transfer
ftps ftp protocol, control, over TLS/SSL
ftps-data ftp protocol, data, over TLS/SSL
ftranhc FTRANHC
ftrapid-1 ftrapid-1
ftrapid-2 ftrapid-2
ftsrv FTSRV
ftsync Firewall/NAT state table synchronization
fujitsu-dev Fujitsu Device Control
fujitsu-dtc Fujitsu Systems Business of America, Inc
fujitsu-dtcns Fujitsu Systems Business of America, Inc
fujitsu-mmpdc fujitsu-mmpdc
fujitsu-neat Fujitsu Network Enhanced Antitheft function
funk-dialout Funk Dialout
funk-license funk-license
funk-logger funk-logger
funkproxy Funk Software, Inc.
fuscript Fusion Script
futrix Futrix
fxaengine-net FXa Engine Network Port
fxp FXP Communication
fxuptp FXUPTP
fyre-messanger Fyre Messanger
g-talk G-Talk
g2tag G2 RFID Tag Telemetry Data
g5m G5M
gacp Gateway Access Control Protocol
gadgetgate1way Gadget Gate 1 Way
gadgetgate2way Gadget Gate 2 Way
gadugadu Gadu-Gadu
gaia Gaia Connector Protocol
galaxy-network Galaxy Network Service
galaxy-server Galaxy Server
galaxy4d Galaxy4D Online Game Engine
galaxy7-data Galaxy7 Data Tunnel
galileo Netvion Galileo Port
galileolog Netvion Galileo Log Port
gamegen1 GameGen1
gamelobby Game Lobby
gamesmith-port GameSmith Port
gammafetchsvr Gamma Fetcher Server
gandalf-lm Gandalf License Manager
gap Gestor de Acaparamiento para Pocket PCs
garcon a service
garmin-marine Garmin Marine
gat-lmd gat-lmd
gbjd816 gbjd816
gbmt-stars Global Maintech Stars
gbs-smp GBS SnapMail Protocol
gbs-stp GBS SnapTalk Protocol
gc-config GuardControl Exchange Protocol
gcm-app GCM Application
gcmonitor GC Monitor
gcp-rphy Generic control plane for RPHY
gcsp GCSP user port
gdbremote GDB Remote Debug Port
gdoi GDOI
gdomap gdomap
gdp-port cisco Gateway Discovery Protocol
gdrive-sync Google Drive Sync
gds-adppiw-db Perman I Interbase Server
gds-db gds_db IANA assigned this well-formed service name as a replacement
gearman Gearman Job Queue System
gemini-lm gemini-lm
geneous Geneous
generalsync Encrypted, extendable, general-purpose synchronization protocol
geneve Generic Network Virtualization Encapsulation (Geneve)
genie Genie Protocol
genie-lm Genie License Manager
genisar-port Genisar Comm Port
geniuslm Genius License Manager
genrad-mux GENRAD-MUX
genstat General Statistics Rendezvous Protocol
geognosis Cadcorp GeognoSIS
geognosisadmin Cadcorp GeognoSIS Administrator
geognosisman Cadcorp GeognoSIS Administrator
geolocate Geolocate protocol
gerhcs GER HC Standard
getty-focus Getty Images FOCUS service
gf Grid Friendly
ggf-ncp GNU Generation Foundation NCP
ggz GGZ Gaming Zone
ghvpn Green Hills VPN
giga-pocket GIGA-POCKET
gilatskysurfer Gilat Sky Surfer
ginad ginad
giop Oracle GIOP
giop-ssl Oracle GIOP SSL
gist Q-mode encapsulation for GIST messages
git git pack transfer service
glbp Gateway Load Balancing Pr
gld GridLAB-D User Interface
glishd glishd
global-cd-port Global CD Port
global-dtserv global-dtserv
global-wlink Global World Link
globe a service
globecast-id GLOBECAST-ID
globmsgsvc globmsgsvc
glogger a service
glrpc Groove GLRPC
gmrupdateserv GMRUpdateSERV
gnmi-gnoi gRPC Network Mgmt/Operations Interface
gntp Generic Notification Transport Protocol
gnunet GNUnet
gnutella-rtr gnutella-rtr
gnutella-svc gnutella-svc
go-login go-login
goahead-fldup GoAhead FldUp
gog-multiplayer GOG multiplayer game protocol
goldleaf-licman Goldleaf License Manager
golem Golem Inter-System RPC
gopher Gopher
gotodevice GoToDevice Device Management
gpfs General Parallel File System
gppitnp Genesis Point-to-Point Trans Net
gprs-cube CommLinx GPRS Cube
gprs-data GPRS Data
gprs-sig GPRS SIG
gpsd GPS Daemon request/response protocol
gradecam GradeCam Image Processing
graphics Graphics
grasp GeneRic Autonomic Signaling Protocol
grcmp Global Relay compliant mobile instant messaging protocol
grcp Global Relay compliant instant messaging protocol
gre-in-udp GRE-in-UDP Encapsulation
gre-udp-dtls GRE-in-UDP Encapsulation with DTLS
grf-port GRF Server Port
gribi gRPC Routing Information Base Interface
grid Grid Authentication
grid-alt Grid Authentication Alt
gridgen-elmd gridgen-elmd
griffin griffin
gris Grid Resource Information Server
groove GROOVE
groove-dpp Groove DPP
groupwise groupwise
grubd Grub Server Port
gruber-cashreg Gruber cash registry protocol
gs-realtime GroundStar RealTime System
gsakmp gsakmp port
gsi GSI
gsidcap GSI dCache Access Protocol
gsiftp GSI FTP
gsigatekeeper GSIGATEKEEPER
gsmp-ancp GSMP/ANCP
gsms GoodSync Mediation Service
gsmtap GSM Interface Tap
gss-http gss-http
gss-xlicen GSS X License Verification
gt-proxy Port for Cable network related data proxy or repeater
gtaua Guy-Tek Automated Update Applications
gte-samp GTE-SAMP
gtegsc-lm GTE Government Systems License Man
gtp-control GTP-Control Plane (3GPP)
gtp-user GTP-User Plane (3GPP)
gtrack-ne LOCANIS G-TRACK NE Port
gtrack-server LOCANIS G-TRACK Server
gue Generic UDP Encapsulation
guibase guibase
guttersnex Gutters Note Exchange
gv-pf GV NetConfig Service
gv-us GlobalView to Unix Shell
gvcp GigE Vision Control
gw Telerate Workstation
gw-asv nCode ICE-flow Library AppServer
gw-call-port GWRTC Call Port
gw-log nCode ICE-flow Library LogServer
gwen-sonya Gwen-Sonya
gwha GW Hannaway Network License Manager
gxs-data-port DataReel Database Socket
gxtelmd GXT License Managemant
h2250-annex-g H.225.0 Annex G Signalling
h248-binary H248 Binary
h263-video H.263 Video Streaming
h2gf-w-2m H2GF W.2m Handover prot.
h323callsigalt H.323 Call Control Signalling Alternate
h323gatedisc H.323 Multicast Gatekeeper Discover
h323gatestat H.323 Unicast Gatekeeper Signaling
h323hostcall H.323 Call Control Signalling
h323hostcallsc H.323 Secure Call Control Signalling
ha-cluster ha-cluster
hacl-cfg HA cluster configuration
hacl-gs HA cluster general services
hacl-hb HA cluster heartbeat
hacl-local HA Cluster Commands
hacl-monitor HA cluster monitor
hacl-poll HA Cluster UDP Polling
hacl-probe HA cluster probing
hacl-qs hacl-qs
hacl-test HA Cluster Test
hagel-dump Hagel DUMP
haipe-discover HAIPIS Dynamic Discovery
haipe-otnk HAIPE Network Keying
hao HaO
hap HAP
harp HARP
hart-ip HART-IP
hassle Hassle
hawk HA Web Konsole
hb-engine hb-engine
hbci HBCI
hcp-wismar Hardware Control Protocol Wismar
hctl Harman HControl Protocol
hdap HDAP
hde-lcesrvr-1 hde-lcesrvr-1
hde-lcesrvr-2 hde-lcesrvr-2
hdl-srv HDL Server
health-polling Health Polling
health-trap Health Trap
healthd healthd
heartbeat Heartbeat Protocol
heathview HeathView
hecmtl-db HECMTL-DB
heliosd heliosd daemon
helix Helix Client/Server
hello hello
hello-port HELLO_PORT
hems HEMS
here-lm Here License Manager
hermes hermes
herodotus-net Herodotus Net
hes-clip HES-CLIP Interoperability protocol
hexarc Hexarc Command Language
hexxorecore Multiple Purpose, Distributed Message Bus
heythings HeyThings Device communicate service
hfcs HFSQL Client/Server Database Engine
hfcs-manager HFSQL Client/Server Database Engine Manager
hhb-gateway HHB Gateway Control
hhb-handheld HHB Handheld Client
hicp HMS hicp port
hid Transport of Human Interface Device data streams
high-criteria High Criteria
hillrserv Hillr Connection Manager
hinp HaloteC Instrument Network Protocol
hip-nat-t HIP NAT-Traversal
hiperscan-id Hiperscan Identification Service
hippad HIPPA Reporting Protocol
hiq HiQ License Manager
hislip IVI High-Speed LAN Instrument Protocol
hivep HiveP
hivestor HiveStor Distributed File System
hkp OpenPGP HTTP Keyserver
hks-lm HKS License Manager
hl7 HL7
hlibmgr hNTSP Library Manager
hlserver Fast Security HL Server
hmip-routing HmIP LAN Routing
hmmp-ind HMMP Indication
hmmp-op HMMP Operation
hncp-dtls-port HNCP over DTLS
hncp-udp-port HNCP
hnm Halcyon Network Manager
hnmp HNMP
homeportal-web Home Portal Web Server
homesteadglory Homestead Glory
honyaku honyaku
hostname NIC Host Name Server
hotu-chat HotU Chat
houdini-lm houdini-lm
houston Rocketeer-Houston
hp-3000-telnet HP 3000 NS/VT block mode telnet
hp-alarm-mgr hp performance data alarm manager
hp-clic Cluster Management Services
hp-collector hp performance data collector
hp-device-disc HP Device Disc
hp-hcip hp-hcip
hp-hcip-gwy HP-HCIP-GWY
hp-managed-node hp performance data managed node
hp-nnm-data HP NNM Embedded Database
hp-pdl-datastr PDL Data Streaming Port
hp-pxpib HP PolicyXpert PIB Server
hp-san-mgmt HP SAN Mgmt
hp-sca hp-sca
hp-sci hp-sci
hp-sco hp-sco
hp-server HP Server
hp-sessmon HP-SESSMON
hp-status HP Status
hp-webadmin HP Web Admin
hp-webqosdb hp-webqosdb
hpbladems HPBladeSystem Monitor Service
hpdevms HP Device Monitor Service
hpidsadmin HPIDSADMIN
hpidsagent HPIDSAGENT
hpiod HP I/O Backend
hpocbus HP OpenCall bus
hpoms-ci-lstn HPOMS-CI-LSTN
hpoms-dps-lstn HPOMS-DPS-LSTN
hpppssvr hpppsvr
hppronetman HP Procurve NetManagement
hpss-ndapi HPSS NonDCE Gateway
hpssd HP Status and Services
hpssmgmt hpssmgmt service
hpstgmgr HPSTGMGR
hpstgmgr2 HPSTGMGR2
hpvirtctrl HP Virtual Machine Console Operations
hpvirtgrp HP Virtual Machine Group Management
hpvmmagent HP VMM Agent
hpvmmcontrol HP VMM Control
hpvmmdata HP VMM Agent
hpvroom HP Virtual Room Service
hrd-ncs HR Device Network Configuration Service
hrd-ns-disc HR Device Network service
hri-port HRI Interface Port
hrpd-ith-at-an HRPD-ITH (AT-AN)
hs-port HS Port
hsl-storm HSL StoRM
hsrp Hot Standby Router Protocol
hsrpv6 Hot Standby Router Protocol IPv6
htcp HTCP
htrust HTrust API
http World Wide Web HTTP
http-alt FileMaker, Inc. - HTTP Alternate (see Port 80)
http-mgmt http-mgmt
http-rpc-epmap HTTP RPC Ep Map
http-wmap webmail HTTP service
https http protocol over TLS/SSL
https-wmap webmail HTTPS service
httpx HTTPX
htuilsrv Htuil Server for PLD2
hub-open-net Hub Open Network
hughes-ap Hughes Association Protocol
husky Husky
hybrid Hybrid Encryption Protocol
hybrid-pop hybrid-pop
hydap Hypack Data Aquisition
hydra Hydra RPC
hylafax HylaFAX
hyper-g Hyper-G
hypercube-lm hypercube-lm
hyperip HyperIP
hyperscsi-port HyperSCSI Port
hyperwave-isp Hyperwave-ISP
i-net-2000-npr I/Net 2000-NPR
i-zipqd I-ZIPQD
i3-sessionmgr I3 Session Manager
iadt Automation Drive Interface Transport
iadt-disc Internet ADT Discovery Protocol
iadt-tls iADT Protocol over TLS
iafdbase iafdbase
iafserver iafserver
ianywhere-dbns iAnywhere DBNS
iapp IAPP (Inter Access Point Protocol)
ias-admind IAS-ADMIND
ias-auth IAS-AUTH
ias-neighbor IAS-Neighbor (ANRI-ANRI)
ias-paging IAS-Paging (ANRI-ANRI)
ias-reg IAS-REG
ias-session IAS-Session (ANRI-ANRI)
iascontrol Oracle iASControl
iascontrol-oms iasControl OMS
iasd IASD
iatp-highpri IATP-highPri
iatp-normalpri IATP-normalPri
iax Inter-Asterisk eXchange
iba-cfg iba Device Configuration Protocol
iba-cfg-disc iba Device Configuration Protocol
ibar Cisco Interbox Application Redundancy
iberiagames IBERIAGAMES
ibm-abtact ibm-abtact
ibm-app IBM Application
ibm-cics IBM CICS
ibm-db2 IBM-DB2
ibm-dial-out IBM Dial Out
ibm-diradm IBM Directory Server
ibm-diradm-ssl IBM Directory Server SSL
ibm-dt-2 ibm-dt-2
ibm-mgr ibm manager service
ibm-mqseries IBM MQSeries
ibm-mqseries2 IBM WebSphere MQ Everyplace
ibm-pps IBM Person to Person Software
ibm-res IBM Remote Execution Starter
ibm-rsyscon IBM Remote System Console
ibm-ssd ibm-ssd
ibm-wrless-lan IBM Wireless LAN IANA assigned this well-formed service name as a
ibm3494 IBM 3494
ibp IBP
ibprotocol Internet Backplane Protocol
ibridge-data iBridge Conferencing
ibridge-mgmt iBridge Management
ibus iBus
ica ica
icabrowser icabrowser
icad-el ICAD
icap ICAP
iccrushmore ICCRUSHMORE
ice-location Ice Location Service (TCP)
ice-router Ice Firewall Traversal Service (TCP)
ice-slocation Ice Location Service (SSL)
ice-srouter Ice Firewall Traversal Service (SSL)
iceedcp-rx Embedded Device Configuration Protocol RX IANA assigned this well-
iceedcp-tx Embedded Device Configuration Protocol TX IANA assigned this well-
icg-bridge ICG Bridge Port
icg-iprelay ICG IP Relay Port
icg-swp ICG SWP Port
icl-twobase1 icl-twobase1
icl-twobase10 icl-twobase10
icl-twobase2 icl-twobase2
icl-twobase3 icl-twobase3
icl-twobase4 icl-twobase4
icl-twobase5 icl-twobase5
icl-twobase6 icl-twobase6
icl-twobase7 icl-twobase7
icl-twobase8 icl-twobase8
icl-twobase9 icl-twobase9
iclcnet-locate ICL coNETion locate server
iclcnet-svinfo ICL coNETion server info IANA assigned this well-formed service name
iclid Checkpoint router monitoring
iclpv-dm Document Manager
iclpv-nlc Network Log Client
iclpv-nls Network Log Server
iclpv-pm Print Manager
iclpv-sas Storage Access Server
iclpv-sc Storage Controller
iclpv-wsm PC Workstation Manager software
icmpd ICMPD
icms Integrated Client Message Service
icon-discover ICON Discover
iconp ict-control Protocol
iconstructsrv iConstruct Server
icp Intelligent Communication Protocol
icpp IceWall Cert Protocol
icpps IceWall Cert Protocol over TLS
icpv2 ICPv2
ics Symantec Integrity Checking Service
icshostsvc ICS host services
icslap ICSLAP
ida-discover1 IDA Discover Port 1
ida-discover2 IDA Discover Port 2
idac Data Acquisition and Control
idcp IDCP
ideafarm-door self documenting Telnet Door
ideafarm-panic self documenting Telnet Panic Door
ideesrv ideesrv
iden-ralp iden-ralp
ident a service
identify identify
idfp IDFP
idig-mux iDigTech Multiplex IANA assigned this well-formed service name as a
idmaps Internet Distance Map Svc
idmgratm Attachmate ID Manager
idonix-metanet Idonix MetaNet
idotdist idotdist
idp Information Distribution Protocol
idp-infotrieve IDP-INFOTRIEVE
idps idps
idrs IDRS
idtp Identifier Tracing Protocol
idware-router IDWARE Router Port
idxp IDXP
iec-104 IEC 60870-5-104 process control over IP
iec-104-sec IEC 60870-5-104 process control - secure
iee-qfx IEE-QFX
ieee-mih MIH Services
ieee-mms IEEE MMS
ieee-mms-ssl IEEE-MMS-SSL
ieee11073-20701 Port assignment for medical device communication in accordance to IEEE
ies-lm Integrated Engineering Software
ifcp-port iFCP User Port
ife-icorp ife_1corp IANA assigned this well-formed service name as a replacement
ifor-protocol ifor-protocol
ifsf-hb-port IFSF Heartbeat Port
ifsp Internet File Synchronization Protocol
igcp IGCP
igi-lm Infinite Graphics License Manager
igmpv3lite IGMP over UDP for SSM
igo-incognito IGo Incognito Data Port
igrid iGrid Server
igrs IGRS
ii-admin Instant Internet Admin
iims Icona Instant Messenging System
iiop iiop
iiw-port IIW Monitor User Port
ild Isolv Local Directory
ill Inter Library Loan
ilss Icona License System Server
imagepump ImagePump
imagequery Image Query
imap Internet Message Access Protocol
imap3 Interactive Mail Access Protocol v3
imaps IMAP over TLS protocol
imdocsvc Import Document Service
imgames IMGames
imink Imink Service Control
imip IMIP
imip-channels IMIP Channels Port
immedianet-bcn ImmediaNet Beacon
imoguia-port Imoguia Port
impera impera
imprs IMPRS
imqbrokerd iMQ Broker Rendezvous
imqstomp iMQ STOMP Server
imqstomps iMQ STOMP Server over SSL
imqtunnel iMQ Tunnel
imqtunnels iMQ SSL tunnel
imsldoc a service
imsp Interactive Mail Support Protocol
imtc-map Int. Multimedia Teleconferencing Cosortium
imtc-mcs Databeam
imyx Infomatryx Exchange
inbusiness inbusiness
incognitorv Incognito Rendez-Vous
incp INCP
index-net INDEX-NET
index-pc-wb INDEX-PC-WB
indi Instrument Neutral Distributed Interface
indigo-server Indigo Home Server
indigo-vbcp INDIGO-VBCP
indigo-vrmi INDIGO-VRMI
indura Indura Collector
indx-dds IndX-DDS
indy Indy Application Server
inedo Listen port used for Inedo agent communication
inetfs A File System using TLS over a wide area network
infi-async Infinidat async replication
infiniswitchcl InfiniSwitch Mgr Client
influence Influence
infobright Infobright Database Server
infocrypt INFOCRYPT
infoexch IBM Information Exchange
infolibria InfoLibria
infoman IBM Information Management
infomover InfoMover
informatik-lm Informatik License Manager
informer INFORMER
infoseek InfoSeek
infotos Infotos
infowave Infowave Mobility Server
ingres-net INGRES-NET Service
ingreslock ingres
ininmessaging inin secure messaging
iniserve-port INIServe port
initlsmsad initlsmsad
innosys InnoSys
innosys-acl Innosys-ACL
inova-ip-disco Inova IP Disco
inovaport1 Inova LightLink Server Type 1
inovaport2 Inova LightLink Server Type 2
inovaport3 Inova LightLink Server Type 3
inovaport4 Inova LightLink Server Type 4
inovaport5 Inova LightLink Server Type 5
inovaport6 Inova LightLink Server Type 6
insis Integrated Setup and Install Service
insitu-conf insitu-conf
inspect inspect
inspider InSpider System
inst-discovery Agilent Instrument Discovery
instantia Instantia
instl-bootc Installation Bootstrap Proto. Cli. IANA assigned this well-formed
instl-boots Installation Bootstrap Proto. Serv. IANA assigned this well-formed
int-rcv-cntrl Integrated Rcvr Control
intecom-ps1 Intecom Pointspan 1
intecom-ps2 Intecom Pointspan 2
intecourier intecourier
integra-sme Integra Software Management Environment
integral TIP Integral
integrius-stp Integrius Secure Tunnel Protocol
intel-rci Intel RCI IANA assigned this well-formed service name as a replacement
intel-rci-mp INTEL-RCI-MP
intelliadm-disc IntelliAdmin Discovery
intellistor-lm Intellistor License Manager
intelsync Brimstone IntelSync
interact VoiceConnect Interact
interactionweb Interaction Web
interbase a service
interhdl-elmd interHDL License Manager IANA assigned this well-formed service name
interintelli InterIntelli
intermapper Intermapper network management system
interpathpanel InterPathPanel
intersan intersan
interserver interserver
intersys-cache Cache
interwise Interwise
interworld Interworld
intraintra IntraIntra
intrastar IntraSTAR
intrepid-ssl Intrepid SSL
intrinsa Intrinsa
intu-ec-client Intuit Entitlement Client
intu-ec-svcdisc Intuit Entitlement Service and Discovery
intuitive-edge Intuitive Edge
intv intv
invision InVision
invision-ag InVision AG
invokator a service
io-dist-data Dist. I/O Comm. Service Data and Control
io-dist-group Dist. I/O Comm. Service Group Membership
ioc-sea-lm ioc-sea-lm
iona-data IONA Measurement and control data
ionixnetmon Ionix Network Monitor
iop Iliad-Odyssey Protocol
ip-blf IP Busy Lamp Field
ip-provision IP-PROVISION
ip-qsig IP Q signaling protocol
ipass IPASS
ipcd ipcd
ipcd3 IPCD3
ipcore IPCore.co.za GPRS
ipcs-command IP Control Systems Ltd.
ipcserver Sun IPC server
ipdcesgbs IPDC ESG BootstrapService
ipdd ipdd
ipdr-sp IPDR/SP
ipdtp-port IPD Tunneling Port
ipether232port ipEther232Port
ipfix IP Flow Info Export
ipfixs ipfix protocol over TLS
ipfltbcst IP Fleet Broadcast
iph-policy-adm IPH-POLICY-ADM
iph-policy-cli IPH-POLICY-CLI
ipluminary Multichannel real-time lighting control
iposplanet IPOSPLANET retailing multi devices protocol
ipp IPP (Internet Printing Protocol)
ipps Internet Printing Protocol over HTTPS
ipr-dglt DataGuardianLT
ipsdtls Security for Internet Protocol Suite
ipsec-nat-t IPsec NAT-Traversal
ipsendmsg IPsendmsg
ipsma IPS Management Application
ipt-anri-anri IPT (ANRI-ANRI)
ipulse-ics iPulse-ICS
ipx IPX
iqnet-port Harman IQNet Port
iqobject iqobject
iqrm NetIQ IQCResource Managament Svc
iqserver IQ Server
ique IQue Protocol
iracinghelper iRacing helper service
irapp Interactive Remote Application Pairing Protocol
irc Internet Relay Chat Protocol
irc-serv IRC-SERV
ircs-u Internet Relay Chat via TLS/SSL
irdg-post IRdg Post
irdmi iRDMI
irdmi2 iRDMI2
iris-beep IRIS over BEEP
iris-lwz IRIS-LWZ
iris-xpc IRIS over XPC
iris-xpcs IRIS over XPCS
irisa IRISA
ironmail IronMail POP Proxy
ironstorm IronStorm game server
irp Identity Registration Protocol
irtrans IRTrans Control
is99c TIA/EIA/IS-99 modem client
is99s TIA/EIA/IS-99 modem server
isa100-gci ISA100 GCI is a service utilizing a common interface between an ISA100
isakmp isakmp
isbconference1 isbconference1
isbconference2 isbconference2
iscape iSCAPE Data Broadcasting
ischat Instant Service Chat
iscsi iSCSI
iscsi-target iSCSI port
isdc ISP shared public data control
isdd i-SDD file transfer
isg-uda-server ISG UDA Server
isi-gl ISI Graphics Language
isi-irp ISI Industry Software IRP
isis isis
isis-am isis-am
isis-ambc isis-ambc
isis-bcast isis-bcast
islc ISP shared local data control
ismaeasdaqlive ISMA Easdaq Live
ismaeasdaqtest ISMA Easdaq Test
ismc ISP shared management control
ismserver ismserver
isnetserv Image Systems Network Services
isns iSNS Server Port
iso-ill ISO ILL Protocol
iso-ip ISO-IP
iso-tp0 ISO-IP0
iso-tp0s Secure ISO TP0 port
iso-tsap ISO-TSAP Class 0
iso-tsap-c2 ISO Transport Class 2 Non-Control over TCP
isode-dua a service
isoft-p2p iSoft-P2P
isoipsigport-1 ISOIPSIGPORT-1
isoipsigport-2 ISOIPSIGPORT-2
isomair isomair
ispipes ISPipes
ispmmgr ISPM Manager Port
isrp-port SPACEWAY Routing port
iss-mgmt-ssl ISS Management Svcs SSL
issd issd
isysg-lm isysg-lm
ita-agent ITA Agent
ita-manager ITA Manager
itach Remote iTach Connection
itactionserver1 ITACTIONSERVER 1
itactionserver2 ITACTIONSERVER 2
italk Italk Chat System
itap-ddtp VERITAS ITAP DDTP
itelserverport iTel Server Port
item IT Environmental Monitor
itinternet ITInternet ISM Server
itm-lm ITM License Manager
itm-mccs ITM-MCCS
itm-mcell-s itm-mcell-s
itm-mcell-u itm-mcell-u
ito-e-gui ITO-E GUI
itose ITOSE
itscomm-ns itscomm-ns
itu-bicc-stc ITU-T Q.1902.1/Q.2150.3
itv-control ITV Port
itwo-server RIB iTWO Application Server
iua IUA
iuhsctpassoc HNBAP and RUA Common Association
ivcollector ivcollector
ivecon-port Ivecon Server Port
ivocalize iVocalize Web Conference
ivs-database InfoVista Server Database
ivs-insertion InfoVista Server Insertion
ivs-video IVS Video default
ivsd IVS Daemon
iw-mmogame Illusion Wireless MMOG
iwb-whiteboard IWB-WHITEBOARD
iwec Icona Web Embedded Chat
iwg1 IWGADTS Aircraft Housekeeping Message
iwlistener iwlistener
iwserver iwserver
izm Instantiated Zero-control Messaging
j-ac JDL Accounting LAN Service
j-lan-p J-LAN-P
j-link J-Link TCP/IP Protocol
jacobus-lm Jacobus License Manager
jaleosnd jaleosnd
jamlink Jam Link Framework
jamserverport Jam Server Port
janus-disc Janus Guidewire Enterprise Discovery Service Bus
jargon Jargon
jaugsremotec-1 JAUGS N-G Remotec 1
jaugsremotec-2 JAUGS N-G Remotec 2
jaus JAUS Robots
jaxer-manager Jaxer Manager Command Protocol
jaxer-web Jaxer Web Protocol
jaxflow Netflow/IPFIX/sFlow Collector and Forwarder Management
jaxflow-data JaxMP RealFlow application and protocol data
jboss-iiop JBoss IIOP
jboss-iiop-ssl JBoss IIOP/SSL
jbroker jbroker
jcp JCP Client
jdatastore JDataStore
jdl-dbkitchen JDL-DBKitchen
jdmn-port Accell/JSP Daemon Port
jdp-disc Java Discovery Protocol
jediserver JediServer
jeol-nsddp-1 JEOL Network Services Dynamic Discovery Protocol 1
jeol-nsddp-2 JEOL Network Services Dynamic Discovery Protocol 2
jeol-nsddp-3 JEOL Network Services Dynamic Discovery Protocol 3
jeol-nsddp-4 JEOL Network Services Dynamic Discovery Protocol 4
jeol-nsdtp-1 JEOL Network Services Data Transport Protocol 1
jeol-nsdtp-2 JEOL Network Services Data Transport Protocol 2
jeol-nsdtp-3 JEOL Network Services Data Transport Protocol 3
jeol-nsdtp-4 JEOL Network Services Data Transport Protocol 4
jerand-lm Jerand License Manager
jesmsjc Job controller service
jetcmeserver JetCmeServer Server Port
jetform jetform
jetformpreview Jet Form Preview
jetstream Novell Jetstream messaging protocol
jibe-eb Jibe EdgeBurst
jini-discovery Jini Discovery
jlicelmd jlicelmd
jmact3 JMACT3
jmact5 JAMCT5
jmact6 JAMCT6
jmb-cds1 JMB-CDS 1
jmb-cds2 JMB-CDS 2
jmevt2 jmevt2
jmq-daemon-1 JMQ Daemon Port 1
jmq-daemon-2 JMQ Daemon Port 2
jms JACL Message Server
joajewelsuite JOA Jewel Suite
joltid Joltid
jomamqmonitor JomaMQMonitor
joost Joost Peer to Peer Protocol
journee journee
jpegmpeg JpegMpeg Port
jprinter J Printer
jps Java Presentation Server
jstel JSTEL
jt400 jt400
jt400-ssl jt400-ssl
jtag-server JTAG server
jtnetd-server Janstor Secure Data
jtnetd-status Janstor Status
juka Juliar Programming Language Protocol
jute Javascript Unit Test Environment
juxml-port Juxml Replication port
jvclient JetVision Client Port
jvl-mactalk Configuration of motors connected to Industrial Ethernet
jvserver JetVision Server Port
jwalkserver JWalkServer
jwclient JetVWay Client Port
jwpc Filemaker Java Web Publishing Core
jwpc-bin Filemaker Java Web Publishing Core Binary
jwserver JetVWay Server Port
k-block K-BLOCK
k-patentssensor K-PatentsSensorInformation
k3software-cli K3 Software-Client
k3software-svr K3 Software-Server
ka-kdp Kollective Agent Kollective Delivery Protocol
ka-sddp Kollective Agent Secure Distributed Delivery Protocol
ka0wuc ka0wuc
kali Kali
kana Kana
kaostransport KAOS secure message transport protocol for safety-critical
kar2ouche Kar2ouche Peer location service
kastenchasepad Kasten Chase Pad
kastenxpipe KastenX Pipe
kazaa KAZAA
kca-service The KX509 Kerberized Certificate Issuance Protocol in Use in 2012
kdm Key Distribution Manager
kdnet Microsoft Kernel Debugger
kentrox-prot Kentrox Protocol
kerberos Kerberos
kerberos-adm kerberos administration
kerberos-iv kerberos version iv
kermit kermit
keyserver Key Server
keyshadow Key Shadow for SASSAFRAS
keysrvr Key Server for SASSAFRAS
kfserver Sculptor Database Server
kftp Kerberos V5 FTP Control
kftp-data Kerberos V5 FTP Data
kfxaclicensing Ascent Capture Licensing
kingdomsonline Kingdoms Online (CraigAvenue)
kingfisher Kingfisher protocol
kink Kerberized Internet Negotiation of Keys (KINK)
kiosk KIOSK
kis KIS Protocol
kitim KIT Messenger
kjtsiteserver kjtsiteserver
klio KLIO communications
klogin a service
kme-trap-port KME PRINTER TRAP PORT
kmip Key Management Interoperability Protocol
kmscontrol KMSControl
knet-cmp KNET/VM Command/Message Protocol
kofax-svr KOFAX-SVR
konshus-lm Konshus License Manager (FLEX)
konspire2b konspire2b p2p network
kopek-httphead Kopek HTTP Head Port
kpasswd kpasswd
kpdp Kohler Power Device Protocol
kpn-icw Internet Call Waiting
krb524 KRB524
krb5gatekeeper krb5gatekeeper
kryptolan Kryptolan
kshell krcmd
ksysguard KDE System Guard
ktelnet Kerberos V5 Telnet
kti-icad-srvr KTI/ICAD Nameserver
ktickets-rest ktickets REST API for event management and ticketing systems (embedded
kv-agent KV Agent
kv-server KV Server
kvm-via-ip KVM-via-IP Management Service
kwdb-commn KWDB Remote Communication
kwtc Kids Watch Time Control Service
kyoceranetdev KyoceraNetDev
kz-migr Oracle Kernel zones migration server
l-acoustics L-ACOUSTICS management
l2c-control LAN2CAN Control
l2c-data LAN2CAN Data
l2c-disc LAN2CAN Discovery
l2f l2f
l2tp l2tp
l3-exprt l3-exprt
l3-hawk l3-hawk
l3-hbmon L3-HBMon
l3-ranger l3-ranger
l3t-at-an HRPD L3T (AT-AN)
l5nas-parchan L5NAS Parallel Channel
labrat labrat
laes-bf Surveillance buffering function
lam a service
lan900-remote LAN900 Remote IANA assigned this well-formed service name as a
landmarks Landmark Messages
lanmessenger LanMessenger
lanner-lm Lanner License Manager
lanrevagent LANrev Agent
lanrevserver LANrev Server
lanschool LanSchool
lanschool-mpt Lanschool Multipoint
lanserver lanserver
lansource LANSource
lansurveyor LAN Surveyor
lansurveyorxml LANsurveyor XML
lanyon-lantern lanyon-lantern
laplink laplink
launchbird-lm Launchbird LicenseManager
lavenir-lm Lavenir License Manager
lazy-ptop lazy-ptop
lbc-control LBC Control
lbc-measure LBC Measurement
lbc-sync LBC Sync
lbc-watchdog LBC Watchdog
lbf Load Balance Forwarding
lbm Load Balance Management
lcm-server LifeKeeper Communications
lcs-ap LCS Application Protocol
ldap Lightweight Directory Access Protocol
ldap-admin LDAP admin server port
ldaps ldap protocol over TLS/SSL (was sldap)
ldgateway LANDesk Gateway
ldoms-mgmt Logical Domains Management Interface
ldoms-migr Logical Domains Migration
ldp LDP
lds-distrib lds_distrib
lds-dump LDS Dump Service
ldss Local Download Sharing Service
ldxp LDXP
lecroy-vicp LeCroy VICP
leecoposserver LeeCO POS Server Service
legent-1 Legent Corporation
legent-2 Legent Corporation
leoip Leonardo over IP
lhtp Loophole Test Protocol
libelle Libelle EnterpriseBus
libelle-disc Libelle EnterpriseBus discovery
liberty-lm liberty-lm
licensedaemon cisco license management
liebdevmgmt-a LiebDevMgmt_A IANA assigned this well-formed service name as a
liebdevmgmt-c LiebDevMgmt_C IANA assigned this well-formed service name as a
liebdevmgmt-dm LiebDevMgmt_DM IANA assigned this well-formed service name as a
light Light packets transfer protocol
limnerpressure Limner Pressure
link LINK
linkname Local Link Name Resolution
linktest LXPRO.COM LinkTest
linktest-s LXPRO.COM LinkTest SSL
linogridengine LinoGrid Engine
linx LinX
lionhead LIONHEAD
lipsinc LIPSinc
lipsinc1 LIPSinc 1
lisp-control LISP Control Packets
lisp-data LISP Data Packets
lispworks-orb LispWorks ORB
listcrt-port ListCREATOR Port
listcrt-port-2 ListCREATOR Port 2
listmgr-port ListMGR Port
livelan livelan
livestats LiveStats
ljk-login ljk-login
lkcmserver LKCM Server
llm-csv llm-csv
llm-pass llm-pass
llmnr LLMNR
llrp EPCglobal Low-Level Reader Protocol
llsurfup-http LL Surfup HTTP
llsurfup-https LL Surfup HTTPS
lm-dta LM Dta
lm-instmgr LM Instmgr
lm-mon lm mon
lm-perfworks LM Perfworks
lm-sserver LM SServer
lm-webwatcher LM Webwatcher
lm-x LM-X License Manager by X-Formation
lmcs Lighting Management Control System
lmdp LMDP
lmp Link Management Protocol (LMP)
lms Location Message Service
lmsocialserver LM Social Server
lnvalarm LNVALARM
lnvconsole LNVCONSOLE
lnvmailmon LNVMAILMON
lnvmaps LNVMAPS
lnvpoller LNVPOLLER
lnvstatus LNVSTATUS
loadav a service
loaprobe Log On America Probe
localinfosrvr LocalInfoSrvr
lockstep LOCKSTEP
locus-con Locus PC-Interface Conn Server
locus-disc Locus Discovery
locus-map Locus PC-Interface Net Map Ser
lofr-lm Leap of Faith Research License Manager
logcabin LogCabin storage service
login remote login a la telnet; automatic authentication performed based on
lonewolf-lm Lone Wolf Systems License Manager
lontalk-norm LonTalk normal
lontalk-urgnt LonTalk urgent
lonworks LonWorks
lonworks2 LonWorks2
loreji-panel Loreji Webhosting Panel
lorica-in Lorica inside facing
lorica-in-sec Lorica inside facing (SSL)
lorica-out Lorica outside facing
lorica-out-sec Lorica outside facing (SSL)
lot105-ds-upd Lot105 DSuper Updates
lotusmtap Lotus Mail Tracking Agent Protocol
lotusnote Lotus Note
lpar2rrd LPAR2RRD client server communication
lpcp lpcp
lpdg LUCIA Pareja Data Group
lpsrecommender LPSRecommender
lrp Load Report Protocol
lrs-paging LRS NetPage
ls3 ls3
ls3bcast ls3 Broadcast
lsa-comm LSA Communicator
lsdp Lenbrook Service Discovery Protocol
lsi-bobcat SAS IO Forwarding
lsi-raid-mgmt LSI RAID Management
lsp-ping MPLS LSP-echo Port
lsp-self-ping MPLS LSP Self-Ping
lstp LSTP
ltctcp LISA TCP Transfer Channel
ltcudp LISA UDP Transfer Channel
ltp Location Tracking Protocol
ltp-deepspace Licklider Transmission Protocol
lumimgrd Luminizer Manager
lupa lupa
lutap Technicolor LUT Access Protocol
lutcp LUTher Control Protocol
lv-auth Live Vault Authentication
lv-ffx Live Vault Fast Object Transfer
lv-frontpanel LV Front Panel
lv-jc Live Vault Job Control
lv-not Live Vault Admin Event Notification
lv-pici Live Vault Remote Diagnostic Console Support
lvision-lm LVision License Manager
lxi-evntsvc LXI Event Service
lyskom LysKOM Protocol A
m-bus-oms M-Bus-OMS over UDP
m-wnn Mobile Wnn
m2ap M2 Application Part
m2mservices M2m Services
m2pa M2PA
m2ua M2UA
m3ap M3 Application Part
m3da M3DA is used for efficient machine-to-machine communications
m3da-disc M3DA Discovery is used for efficient machine-to-machine communications
m3ua M3UA
m4-network-as Macro 4 Network AS
mac-srvr-admin MacOS Server Admin
macbak MacBak
macon-tcp macon-tcp
macon-udp macon-udp
macromedia-fcs Macromedia Flash Communications Server MX
madcap MADCAP
madge-ltd madge ltd
magaya-network Magaya Network Port
magbind Rockstorm MAG protocol
magenta-logic Magenta Logic
magiccontrol magicCONROL RF and Data Interface
magicnotes magicnotes
magicom Magicom Protocol
magpie Magpie Binary
mailbox a service
mailbox-lm mailbox-lm
mailprox Mailprox
mailq MAILQ
maincontrol Main Control
mainsoft-lm mainsoft-lm
maitrd a service
manage-exec Seagate Manage Exec
manet MANET Protocols
manyone-http manyone-http
manyone-xml manyone-xml
mao mao
mapper-mapethd MAPPER TCP/IP server
mapper-nodemgr MAPPER network node manager
mapper-ws-ethd MAPPER workstation server IANA assigned this well-formed service name
mapx MapX communication
marathontp Marathon Transport Protocol
marcam-lm Marcam License Management
markem-dcp MARKEM NEXTGEN DCP
martalk MarTalk protocol
masc MASC
masqdialer masqdialer
matahari Matahari Broker
matip-type-a MATIP Type A
matip-type-b MATIP Type B
matrix-fed Matrix Federation Protocol
matrix-vnet Matrix VNet Communication Protocol IANA assigned this well-formed
matter Matter Operational Discovery and Communi
max Microsoft Max
maxim-asics Maxim ASICs
maxumsp Maxum Services
maytagshuffle Maytag Shuffle
mbap Modbus Application Protocol
mbap-s Modbus Application Protocol Secure
mbg-ctrl Meinberg Control Service
mbl-battd MBL Remote Battery Monitoring
mbus Message Bus
mc-appserver MC-APPSERVER
mc-brk-srv Millicent Broker Server
mc-client Millicent Client Proxy
mc-comm Mobile-C Communications
mc-gt-srv Millicent Vendor Gateway Server
mc2studios MC2Studios
mc3ss Telequip Labs MC3SS
mcagent mcagent
mccwebsvr-port MCC Web Server Port
mcer-port MCER Port
mcftp Multicast FTP
mcidas McIDAS Data Transmission Protocol
mck-ivpip MCK-IVPIP
mcns-sec mcns-sec
mcns-tel-ret MCNS Tel Ret
mcntp MCNTP
mcp Matrix Configuration Protocol
mcp-port MCP user port
mcreport Mulberry Connect Reporting Service
mcs-calypsoicf MCS Calypso ICF
mcs-fastmail MCS Fastmail
mcs-mailsvr MCS Mail Server
mcs-messaging MCS Messaging
mctet-gateway MCTET Gateway
mctet-jserv MCTET Jserv
mctet-master MCTET Master
mctfeed MCT Market Data Feed
mctp MCTP
md-cg-http md-cf-http
mdap-port MDAP port
mdbs-daemon IANA assigned this well-formed service name as a replacement for
mdc-portmapper MDC Port Mapper
mdm Mobile Device Management
mdns Multicast DNS
mdnsresponder Multicast DNS Responder IPC
mdqs a service
mdtp MDT port
mecomm MeComm
med-ci med-ci
med-fsp-rx med-fsp-rx
med-fsp-tx med-fsp-tx
med-ltp med-ltp
med-net-svc med-net-svc
med-ovw med-ovw
med-supp med-supp
medevolve MedEvolve Port Requester
media-agent Media Agent
mediabox MediaBox Server
mediacntrlnfsd Media Central NFSD
mediaspace MediaSpace
mediat Mediat Remote Object Exchange
mediavault-gui Openview Media Vault GUI
medimageportal MedImage Portal
megaco-h248 Megaco H-248
megardsvr-port MegaRAID Server Port
megaregsvrport Registration Server Port
memcache Memory cache service
menandmice-dns menandmice DNS
menandmice-lpm menandmice-lpm
menandmice-mon Men and Mice Monitoring
menandmice-noh Men & Mice Remote Control IANA assigned this well-formed service name
menandmice-upg Men & Mice Upgrade Agent
mentaclient MENTACLIENT
mentaserver MENTASERVER
mercantile Mercantile
mercury-disc Mercury Discovery
meregister MeRegister
mesavistaco Mesa Vista Co
messageasap Messageasap
messageservice Message Service
meta-corp Meta Corporation License Manager
meta5 Meta5
metaagent MetaAgent
metaconsole MetaConsole
metaedit-mu MetaEdit+ Multi-User
metaedit-se MetaEdit+ Server Administration
metaedit-ws MetaEdit+ WebService API
metagram Metagram Relay
metalbend Port used for MetalBend programmable interface
metasage MetaSage
metastorm Metastorm
metasys Metasys
metatude-mds Metatude Dialogue Server
meter demon
metricadbc MetricaDBC
metrics-pas metrics-pas
mevent Multicast Event
mfcobol Micro Focus Cobol
mfserver M-Files Server
mftp mftp
mgcp-callagent Media Gateway Control Protocol Call Agent
mgcp-gateway Media Gateway Control Protocol Gateway
mgcs-mfp-port MGCS-MFP Port
mgemanagement MGE UPS Management
mgesupervision MGE UPS Supervision
mgxswitch MGXSWITCH
miami-bcast telecomsoftware miami broadcast
mib-streaming Sonus Element Management Services
mice mice server
micom-pfs micom-pfs
microcom-sbp microcom-sbp
micromuse-lm micromuse-lm
micromuse-ncps Micromuse-ncps
micromuse-ncpw MICROMUSE-NCPW
microsan MicroSAN
microsoft-ds Microsoft-DS
microtalon-com Microtalon Communications
microtalon-dis Microtalon Discovery
midnight-tech Midnight Technologies
mikey MIKEY
mil-2045-47001 MIL-2045-47001
miles-apart Miles Apart Jukebox Server
mimer MIMER
mindarray-ca MindArray Systems Console Agent
mindfilesys mind-file system server
mindprint MindPrint
minger Minger Email Address Validation Service
mini-sql Mini SQL
minilock Minilock
minipay MiniPay
minirem MiniRem Remote Telemetry and Control
minivend MINIVEND
minotaur-sa Minotaur SA
mipi-debug MIPI Alliance Debug
mipv6tls TLS-based Mobile IPv6 Security
mira Apple Remote Access Protocol
miroconnect miroconnect
mirrtex Mir-RT exchange service
mit-dov MIT Dover Spooler
mit-ml-dev MIT ML Device
miteksys-lm Miteksys License Manager
miva-mqs mqs
mkm-discovery MARKEM Auto-Discovery
ml-svnet Maxlogic Supervisor Communication
mle Mesh Link Establishment
mloadd mloadd monitoring tool
mlsn Multiple Listing Service Network
mma-discovery MMA Device Discovery
mmacomm MMA Comm Services
mmaeds MMA EDS Service
mmcal Meeting Maker Scheduling
mmcals Secure Meeting Maker Scheduling
mmcc multimedia conference control tool
mmpft Manufacturing messaging protocol for factory transmission
mnet-discovery m-net discovery
mngsuite Management Suite Remote Control
mni-prot-rout MNI Protected Routing
mnp-exchange MNP data exchange
mns-mail MNS Mail Notice Service
mobile-file-dl MOBILE-FILE-DL
mobile-p2p Mobile P2P Service
mobileanalyzer MobileAnalyzer& MobileMonitor
mobileip-agent MobileIP-Agent
mobilip-mn MobilIP-MN
mobilitysrv Mobility XE Protocol
mobrien-chat mobrien-chat
moldflow-lm Moldflow License Manager
molly EPI Software Systems
mon MON
mondex Mondex
monetra Monetra
monetra-admin Monetra Administrative Access
mongodb Mongo database system
monitor a service
monkeycom MonkeyCom
monp Media Object Network Protocol
montage-lm Montage License Manager
mortgageware MortgageWare
mos-aux MOS Low Priority Port
mos-lower MOS Media Object Metadata Port
mos-soap MOS SOAP Default Port
mos-soap-opt MOS SOAP Optional Port
mos-upper MOS Running Order Port
mosaicsyssvc1 mosaicsyssvc1
mosaixcc MosaixCC
moshebeeri Moshe Beeri
mountd NFS mount protocol
movaz-ssc Movaz SSC
moy-corp Moy Corporation
mpc-lifenet Medtronic/Physio-Control LIFENET
mpfoncl mpfoncl
mpfwsas MPFWSAS
mphlpdmc Mphlpdmc
mpidcagt MpIdcAgt
mpidcmgr MpIdcMgr
mpl-gprs-port MPL_GPRS_PORT
mpls-pm MPLS Performance Measurement out-of-band response
mpls-udp Encapsulate MPLS packets in UDP tunnels.
mpls-udp-dtls Encapsulate MPLS packets in UDP tunnels with DTLS.
mpm Message Processing Module
mpm-flags MPM FLAGS Protocol
mpm-snd MPM
mpnjsc mpnjsc
mpnjsocl mpnjsocl
mpnjsomb mpnjsomb
mpnjsomg mpnjsomg
mpnjsosv mpnjsosv
mpp Netix Message Posting Protocol
mppolicy-mgr mppolicy-mgr
mppolicy-v5 mppolicy-v5
mps-raft mps-raft
mpshrsv mpshrsv
mpsserver MPS Server
mpsysrmsvr Mp Sys Rmsvr
mptn Multi Protocol Trans. Net.
mqe-agent MQEnterprise Agent
mqe-broker MQEnterprise Broker
mqtt Message Queuing Telemetry Transport Protocol
mrip Model Railway Interface Program
mrm MRM
mrssrendezvous mrss-rendezvous server
ms-alerter Microsoft Alerter
ms-cluster-net MS Cluster Net
ms-do Microsoft Delivery Optimization Peer-to-Peer
ms-ilm Microsoft Identity Lifecycle Manager
ms-ilm-sts Microsoft Lifecycle Manager Secure Token Service
ms-la MS-LA
ms-licensing MS-Licensing
ms-mcc Microsoft Connected Cache
ms-olap1 MS OLAP 1
ms-olap2 MS OLAP 2
ms-olap3 Microsoft OLAP
ms-olap4 Microsoft OLAP
ms-rome microsoft rome
ms-rule-engine Microsoft Business Rule Engine Update Service
ms-s-sideshow Secure Protocol for Windows SideShow
ms-shuttle microsoft shuttle
ms-sideshow Protocol for Windows SideShow
ms-smlbiz Microsoft Small Business
ms-sna-base ms-sna-base
ms-sna-server ms-sna-server
ms-sql-m Microsoft-SQL-Monitor
ms-sql-s Microsoft-SQL-Server
ms-streaming ms-streaming
ms-theater ms-theater
ms-v-worlds MS V-Worlds
ms-wbt-server MS WBT Server
msdfsr Microsoft DFS Replication Service
msdp MSDP
msdts1 DTS Service Port
msexch-routing MS Exchange Routing
msfrs MS FRS Replication
msft-dpm-cert Microsoft DPM WCF Certificates
msft-gc Microsoft Global Catalog
msft-gc-ssl Microsoft Global Catalog with LDAP/SSL
msfw-array MS Firewall Intra Array
msfw-control MS Firewall Control
msfw-replica MS Firewall Replication
msfw-s-storage MS Firewall SecureStorage
msfw-storage MS Firewall Storage
msg-auth MSG Authentication
msg-icp MSG ICP
msgclnt Message Client
msgsrvr Message Server
msgsys Message System
mshnet MHSnet system
mshvlm Microsoft Hyper-V Live Migration
msi-cps-rm Motorola Solutions Customer Programming Software for Radio Management
msi-cps-rm-disc Motorola Solutions Customer Programming Software for Radio Management
msi-selectplay MSI Select Play
msiccp MSICCP
msims MSIMS
msl-lmd MSL License Manager IANA assigned this well-formed service name as a
msmq Microsoft Message Que
msnp MSNP
msolap-ptp2 MSOLAP PTP2
msp Message Send Protocol (historic)
msp-os Manina Service Protocol
msr-plugin-port MSR Plugin Port
msrp MSRP over TCP
msss Mugginsoft Script Server Service
mstmg-sstp Microsoft Threat Management Gateway SSTP
msync GlobeCast mSync
mt-scaleserver MT ScaleServer
mtcevrunqman Marathon everRun Quorum Service Manager
mtcevrunqss Marathon everRun Quorum Service Server
mti-tcs-comm MTI-TCS-COMM
mtl8000-matrix MTL8000 Matrix
mtn monotone Netsync Protocol
mtp Starlight Networks Multimedia Transport Protocol
mtport-regist MT Port Registrator
mtportmon Matisse Port Monitor
mtqp Message Tracking Query Protocol
mtrace IP Multicast Traceroute
mtrgtrans mtrgtrans
mtsserver EAX MTS Server
multicast-ping Multicast Ping Protocol
multiling-http Multiling HTTP
multip-msg Multipuesto Msg Port
multiplex Network Innovations Multiplex
mumps Plus Five's MUMPS
munin Munin Graphing Framework
mupdate Mailbox Update (MUPDATE) protocol
murray Murray
murx murx
muse MUSE
musiconline Musiconline
must-backplane MUST Backplane
must-p2p MUST Peer to Peer
mvel-lm mvel-lm
mvs-capacity MVS Capacity
mvx-lm Midland Valley Exploration Ltd. Lic. Man.
mxi MXI Generation II for z/OS
mxit MXit Instant Messaging
mxodbc-connect eGenix mxODBC Connect
mxomss User Message Service
mxxrlogin MX-XR RPC
myblast myBLAST Mekentosj port
mylex-mapd mylex-mapd
mylxamport MYLXAMPORT
mynahautostart MYNAH AutoStart
myq-termlink Hardware Terminals Discovery and Low-Level Communication Protocol
myrtle Myrtle
mysql MySQL
mysql-cluster MySQL Cluster Manager
mysql-cm-agent MySQL Cluster Manager Agent
mysql-im MySQL Instance Manager
mysql-proxy MySQL Proxy
mysqlx MySQL Database Extended Interface
mzap MZAP
mzca-action eventACTION/ussACTION (MZCA) server
mzca-alert eventACTION/ussACTION (MZCA) alert
n1-fwp N1-FWP
n1-rmgmt N1-RMGMT
n2h2server N2H2 Filter Service Port
n2nremote n2nremote
n2receive n2 monitoring receiver
na-er-tip Netia NA-ER Port
na-localise Localisation access
naap NAAP
nacagent Network Access Control Agent
nacnl NavCom Discovery and Control Port
name Host Name Server
namemunge Name Munging
nameserver Host Name Server
namp NAMP
nani Nani
nas Netnews Administration System
nas-metering NAS-Metering
nasmanager Merit DAC NASmanager
natdataservice ScsTsr
nati-dstp NATI DSTP
nati-logos nati logos
nati-svrloc NATI-ServiceLocator
nati-vi-server NATI Vi Server
nattyserver NattyServer Port
natuslink NATUS LINK
nav-data Navtech Radar Sensor Data
nav-data-cmd Navtech Radar Sensor Data Command
nav-port Navini Port
navbuddy NavBuddy
navegaweb-port NavegaWeb Tarification
navisphere Navisphere
navisphere-sec Navisphere Secure
nbd Network Block Device
nbdb NetBackup Database
nbt-pc Policy Commander
nbt-wol New Boundary Tech WOL
nburn-id NetBurner ID Port IANA assigned this well-formed service name as a
nbx-au NBX AU
nbx-cc NBX CC
nbx-dir NBX DIR
nbx-ser NBX SER
ncacn-ip-tcp ncacn-ip-tcp
ncadg-ip-udp ncadg-ip-udp
ncconfig NC Config Port
ncdloadbalance NCDLoadBalance
ncdmirroring NCD Mirroring
nced nced
ncl NCL
ncld ncld
ncp NCP
ncpm-ft ncpm-ft
ncpm-hip ncpm-hip
ncpm-pm ncpm-pm
ncpu Plan 9 cpu port
ncr-ccl NCR CCL IANA assigned this well-formed service name as a replacement
ncu-1 Network Control Unit
ncu-2 Network Control Unit
ncube-lm nCube License Manager
ncxcp Net-coneX Control Protocol
ndl-aas Active API Server Port
ndl-ahp-svc NDL-AHP-SVC
ndl-als Active License Server Port
ndl-aps Active Print Server Port
ndl-tcp-ois-gw NDL TCP-OSI Gateway
ndm-agent-port NDM-AGENT-PORT
ndm-requester Network DataMover Requester
ndm-server Network DataMover Server
ndmp Network Data Management Protocol
ndmps Secure Network Data Management Protocol
ndn Named Data Networking
ndnp NDNP
nds-sso NDS_SSO IANA assigned this well-formed service name as a replacement
ndsauth NDSAUTH
ndsconnect Niche Data Server Connect
ndsp NDSP
ndtp NDTP
nec-raidplus NEC RaidPlus
neckar science + computing's Venus Administration Port
necp NECP
nei-management NEI management port
neo4j Neo4j Graph Database
neod1 Sun's NEO Object Request Broker
neod2 Sun's NEO Object Request Broker
neoiface neoiface
neon24x7 NEON 24X7 Mission Control
nerv SNI R&D network
nesh-broker Nesh Broker Port
nessus nessus
nest-protocol nest-protocol
net-assistant Net Assistant
net-device Net Device
net-projection Windows Network Projection
net-steward Net Steward Control
net2display Vesa Net2Display
net8-cman Oracle Net8 CMan Admin
netadmin netadmin
netagent NetAgent
netangel Netangel
netapp-icdata NetApp Intercluster Data
netapp-icmgmt NetApp Intercluster Management
netapp-sync Sync replication protocol among different NetApp platforms
netarx Netarx Netcare
netaspi NET ASPI
netattachsdmp NETATTACHSDMP
netbill-auth NetBill Authorization Server
netbill-cred NetBill Credential Server
netbill-keyrep NetBill Key Repository
netbill-prod NetBill Product Server
netbill-trans NetBill Transaction Server
netbios-dgm NETBIOS Datagram Service
netbios-ns NETBIOS Name Service
netbios-ssn NETBIOS Session Service
netblox Netblox Protocol
netbookmark Net Book Mark
netboot-pxe PXE NetBoot Manager
netcabinet-com Net-Cabinet comunication
netcelera NetCelera
netchat netchat
netcheque NetCheque accounting
netclip NetClip clipboard daemon
netcomm1 netcomm1
netcomm2 netcomm2
netconf-ch-ssh NETCONF Call Home (SSH)
netconf-ch-tls NETCONF Call Home (TLS)
netconf-ssh NETCONF over SSH
netconf-tls NETCONF over TLS
netcp NetScout Control Protocol
netdb-export netdb-export
neteh Netadmin Systems Event Handler
neteh-ext Netadmin Systems Event Handler External
netgw netGW
netinfo-local local netinfo port
netiq NetIQ End2End
netiq-endpoint NetIQ Endpoint
netiq-endpt NetIQ Endpoint
netiq-mc NetIQ Monitor Console
netiq-ncap NetIQ NCAP Protocol
netiq-qcheck NetIQ Qcheck
netiq-voipa NetIQ VoIP Assessor
netlabs-lm NetLabs License Manager
netmagic Network Magic
netmap-lm netmap_lm IANA assigned this well-formed service name as a replacement
netml NETML
netmo-default Netmo Default
netmo-http Netmo HTTP
netmon Dell Netmon
netmount NetMount
netmpi Netadmin Systems MPI service
netnews readnews
neto-dcs netO DCS
neto-wol-server netO WOL Server
netobjects1 Net Objects1
netobjects2 Net Objects2
netop-rc NetOp Remote Control
netop-school NetOp School
netopia-vo1 netopia-vo1
netopia-vo2 netopia-vo2
netopia-vo3 netopia-vo3
netopia-vo4 netopia-vo4
netopia-vo5 netopia-vo5
netops-broker NETOPS-BROKER
netperf control port for the netperf benchmark
netplan NETPLAN
netplay-port1 Netplay Port 1
netplay-port2 Netplay Port 2
netport-id NetPort Discovery Port
netrcs Network based Rev. Cont. Sys.
netrek netrek
netrisk NETRISK
netrix-sftm Netrix SFTM
netrjs-1 Remote Job Service
netrjs-2 Remote Job Service
netrjs-3 Remote Job Service
netrjs-4 Remote Job Service
netrockey6 NetROCKEY6 SMART Plus Service
netsc-dev NETSC
netsc-prod NETSC
netscript Netadmin Systems NETscript service
netserialext1 Network Serial Extension Ports One
netserialext2 Network Serial Extension Ports Two
netserialext3 Network Serial Extension Ports Three
netserialext4 Network Serial Extension Ports Four
netspeak-acd NetSpeak Corp. Automatic Call Distribution
netspeak-cps NetSpeak Corp. Credit Processing System
netspeak-cs NetSpeak Corp. Connection Services
netspeak-is NetSpeak Corp. Directory Services
netsteward Active Net Steward
netsupport NetSupport
netsupport2 Net Support 2
nettest nettest
nettgain-nms NettGain NMS
netuitive netuitive
netview-aix-1 netview-aix-1
netview-aix-10 netview-aix-10
netview-aix-11 netview-aix-11
netview-aix-12 netview-aix-12
netview-aix-2 netview-aix-2
netview-aix-3 netview-aix-3
netview-aix-4 netview-aix-4
netview-aix-5 netview-aix-5
netview-aix-6 netview-aix-6
netview-aix-7 netview-aix-7
netview-aix-8 netview-aix-8
netview-aix-9 netview-aix-9
netviewdm1 IBM NetView DM/6000 Server/Client
netviewdm2 IBM NetView DM/6000 send/tcp
netviewdm3 IBM NetView DM/6000 receive/tcp
netwall for emergency broadcasts
netware-csp Novell NetWare Comm Service Platform
netware-ip Novell Netware over IP
netwatcher-db Network Watcher DB Access
netwatcher-mon Network Watcher Monitor
netwave-ap-mgmt Netwave AP Management
netwkpathengine HP OpenView Network Path Engine Server
networklens NetworkLens Event Port
networklenss NetworkLens SSL Event
netx-agent NETX Agent
netx-server NETX Server
netxms-agent NetXMS Agent
netxms-mgmt NetXMS Management
netxms-sync NetXMS Server Synchronization
neveroffline Never Offline
new-rwho new-who
newbay-snc-mc Newbay Mobile Client Update Service
newgenpay Newgenpay Engine Service
newlixconfig Newlix JSPConfig
newlixengine Newlix ServerWare Engine
newlixreg newlixreg
newoak NewOak
news a service
newton-dock Newton Dock
newwavesearch NewWaveSearchables RMI
nexentamv Nexenta Management GUI
nexgen Allied Electronics NeXGen
nexgen-aux Secondary, (non ANDI) multi-protocol multi-function interface to the
nexstorindltd NexstorIndLtd
nextstep NextStep Window Server
nexus-portal Nexus Portal
nfa Network File Access
nfapi SCF nFAPI defining MAC/PHY split
nfoldman nFoldMan Remote Publish
nfs Network File System - Sun Microsystems
nfsd-keepalive Client status info
nfsrdma Network File System (NFS) over RDMA
ng-control NG Control Plane (3GPP)
ng-umds ng-umds
nhci NHCI status port
nhserver nhserver
ni-visa-remote Remote NI-VISA port
nicelink NICELink
nicetec-mgmt nicetec-mgmt
nicetec-nmsvc nicetec-nmsvc
nicname Who Is
nifty-hmi NIFTY-Serve HMI protocol
nikatron-dev Nikatron Device Protocol
nilinkanalyst NILinkAnalyst
nim nim
nim-vdrshell NIM_VDRShell
nim-wan NIM_WAN
nimaux NIMsh Auxiliary Port
nimbusdb NimbusDB Connector
nimbusdbctrl NimbusDB Control
nimcontroller Nimbus Controller
nimgtw Nimbus Gateway
nimhub Nimbus Hub
nimreg nimreg
nimrod-agent Nimrod Inter-Agent Communication
nimsh NIM Service Handler
nimspooler Nimbus Spooler
ninaf Node Initiated Network Association Forma
niobserver NIObserver
nip Amiga Envoy Network Inquiry Protocol
niprobe NIProbe
nirp Neighbour Identity Resolution
nitrogen Nitrogen Service
njenet-ssl NJENET using SSL
nkd nkdn
nlg-data NLG Data Service
nlogin a service
nls-tl Network Layer Signaling Transport Layer
nm-asses-admin NetMike Assessor Administrator
nm-assessor NetMike Assessor
nm-game-admin NetMike Game Administrator
nm-game-server NetMike Game Server
nmap NMAP
nmasoverip NMAS over IP
nmc-disc Nuance Mobile Care Discovery
nmea-0183 NMEA-0183 Navigational Data
nmea-onenet NMEA OneNet multicast messaging
nmmp Nishioka Miyuki Msg Protocol
nms Hypercom NMS
nms-dpnss NMS-DPNSS
nms-topo-serv nms_topo_serv IANA assigned this well-formed service name as a
nmsd NMSD
nmsigport NMSig Port
nmsp Networked Media Streaming Protocol
nmsserver NMS Server
nnp Nuzzler Network Protocol
nnsp NNTP for transit servers (NNSP)
nntp Network News Transfer Protocol
nntps nntp protocol over TLS/SSL (was snntp)
noaaport NOAAPORT Broadcast Network
noadmin NoAdmin
noagent nOAgent
nod-client Network of Devices Client
nod-provider Network of Devices Provider
noit-transport Reconnoiter Agent Data Transport
nokia-ann-ch1 Nokia Announcement ch 1
nokia-ann-ch2 Nokia Announcement ch 2
nomad Nomad Device Video Transfer
nomdb Veritas-nomdb
norp Not Only a Routeing Protocol
norton-lambert Norton Lambert
notateit Notateit Messaging
notateit-disc Notateit Messaging Discovery
noteit Note It! Message Service
noteshare AquaMinds NoteShare
noteza NOTEZA Data Safety Service
notezilla-lan Notezilla.Lan Server
notify a service
notify-srvr Notify Server IANA assigned this well-formed service name as a
novar-alarm Novar Alarm
novar-dbase Novar Data
novar-global Novar Global
novastorbakcup Novastor Backup
novation Novation
novell-ipx-cmd Novell IPX CMD
novell-lu6-2 Novell LU6.2 IANA assigned this well-formed service name as a
novell-zen Management Daemon Refresh
nowcontact Now Contact Public Server
npdbgmngr Network Platform Debug Manager
npds-tracker NPDS Tracker
npep-messaging Norman Proprietaqry Events Protocol
npmp npmp
npmp-gui npmp-gui
npmp-local npmp-local
npmp-trap npmp-trap
npp Network Printing Protocol
nppmp NVIDIA Mgmt Protocol
npqes-test Network Performance Quality Evaluation System Test Service
npsp Noah Printing Service Protocol
nq-ap Nq and Nq' Application Protocol
nqs nqs
nrcabq-lm Nichols Research Corp.
nrpe Nagios Remote Plugin Executor
ns a service
ns-cfg-server NS CFG Server
ns-server NS Server
nsc-ccs NSC CCS
nsc-posa NSC POSA
nsdeepfreezectl Novell Snap-in Deep Freeze Control
nsesrvr Software Essentials Secure HTTP server
nsiiops IIOP Name Service over TLS/SSL
nsjtp-ctrl nsjtp-ctrl
nsjtp-data nsjtp-data
nsp NetOnTap Service
nsrp Adaptive Name/Service Resolution
nss Network Security Service
nss-routing NSS-Routing
nssagentmgr NSS Agent Manager
nssalertmgr NSS Alert Manager
nssocketport DO over NSSocketPort
nsstp Nebula Secure Segment Transfer Protocol
nst Network Scanner Tool FTP
nsw-fe NSW User System FE
nsws NSWS
nta-ds FlowAnalyzer DisplayServer
nta-us FlowAnalyzer UtilityServer
ntalk a service
ntp Network Time Protocol
ntske Network Time Security Key Establishment
ntz-p2p-storage netTsunami p2p storage system
ntz-tracker netTsunami Tracker
nuauth NuFW authentication protocol
nucleus Nucleus
nucleus-sand Nucleus Sand Database Server
nufw NuFW decision delegation protocol
nupaper-ss NuPaper Session Service
nusdp-disc Nuance Unity Service Discovery Protocol
nusrp Nuance Unity Service Request Protocol
nut Network UPS Tools
nuts-bootp NUTS Bootp Server IANA assigned this well-formed service name as a
nuts-dem NUTS Daemon IANA assigned this well-formed service name as a
nuxsl NUXSL
nv-video NV Video default
nvc Nuance Voice Control
nvcnet Norman distributes scanning service
nvd NVD User
nvme NVM Express over Fabrics storage access
nvme-disc NVMe over Fabrics Discovery Service
nvmsgd Netvion Messenger Port
nw-license NavisWorks License System
nxedit NXEdit
nxlmd NX License Manager
o2server-port O2Server Port
oa-system oa-system
obex OBEX
objcall Tivoli Object Dispatcher
objective-dbc Objective Solutions DataBase Cache
objectmanager a service
obrpd Open Business Reporting Protocol
observium-agent Observium statistics collection agent
oc-lm OpenConnect License Manager
ocbinder OCBinder
oce-snmp-trap Oce SNMP Trap Port
oceansoft-lm Ocean Software License Manager
ocs-amu OCS_AMU IANA assigned this well-formed service name as a replacement
ocs-cmu OCS_CMU IANA assigned this well-formed service name as a replacement
ocserver OCServer
octopus Octopus Multiplexer
octopustentacle Listen port used by the Octopus Deploy Tentacle deployment agent
odbcpathway ODBC Pathway Service
odette-ftp ODETTE-FTP
odette-ftps ODETTE-FTP over TLS/SSL
odeumservlink Odeum Serverlink
odi-port Open Design Listen Port
odmr ODMR
odn-castraq ODN-CasTraq
odnsp OKI Data Network Setting Protocol
odsi Optical Domain Service Interconnect (ODSI)
oem-agent OEM Agent
oemcacao-jmxmp OEM cacao JMX-remoting access point
oemcacao-rmi OEM cacao rmi registry access point
oemcacao-websvc OEM cacao web service access point
office-tools Office Tools Pro Receive
officelink2000 Office Link 2000
ofsd ofsd
ogs-client Open Grid Services Client
ogs-server Open Grid Services Server
ohimsrv ohimsrv
ohmtrigger OHM server trigger
ohsc Occupational Health SC
oi-2000 OI-2000
oidocsvc Document Server
oidsr Document Replication
oirtgsvc Workflow Server
oktaauthenticat Okta MultiPlatform Access Mgmt for Cloud Svcs
olhost OLHOST
ollama Ollama
olsr OLSR
olsv DB Lite Mult-User Server
oma-dcdocbs OMA Dynamic Content Delivery over CBS
oma-ilp OMA Internal Location Protocol
oma-ilp-s OMA Internal Location Secure Protocol
oma-mlp OMA Mobile Location Protocol
oma-mlp-s OMA Mobile Location Protocol Secure
oma-rlp OMA Roaming Location
oma-rlp-s OMA Roaming Location SEC
oma-ulp OMA UserPlane Location
omabcastltkm OMA BCAST Long-Term Key Messages
omasgport OMA BCAST Service Guide
omginitialrefs OMG Initial Refs
omhs Operations Manager - Health Service
omnilink-port Arnet Omnilink Port
omnisky OmniSky Port
omnivision OmniVision Communication Service
omnivisionesx OmniVision communication for Virtual environments
oms OrbitNet Message Service
oms-nonsecure Oracle OMS non-secure
omscontact OMS Contact
omsdk Operations Manager - SDK Service
omserv a service
omstopology OMS Topology
omviagent OMV Investigation Agent-Server
omviserver OMV-Investigation Server-Client
onbase-dds OnBase Distributed Disk Services
onehome-help OneHome Service Port
onehome-remote OneHome Remote Access
onep-tls Open Network Environment TLS
onesaf OneSAF
onmux Onmux
onpsocket Overlay Network Protocol
onscreen OnScreen Data Collection Service
ontime ontime
ontobroker OntoBroker
oob-ws-http DMTF out-of-band web services management protocol
oob-ws-https DMTF out-of-band secure web services management protocol
op-probe ObjectPlanet probe
opalis-rbt-ipc opalis-rbt-ipc
opalis-rdv opalis-rdv
opalis-robot Opalis Robot
opc-job-start IBM Operations Planning and Control Start
opc-job-track IBM Operations Planning and Control Track
opcon-xps OpCon/xps
opcua-tcp OPC UA Connection Protocol
opcua-tls OPC UA TCP Protocol over TLS/SSL
opcua-udp OPC UA Multicast Datagram Protocol
opencm OpenCM Server
opencore OpenCORE Remote Control Service
opendeploy OpenDeploy Listener
openflow OpenFlow
openhpid openhpi HPI service
openit IT Asset Management
openmail Openmail User Agent Layer
openmailg OpenMail Desk Gateway server
openmailns OpenMail NewMail Server
openmailpxy OpenMail CMTS Server
openmath OpenMath
opennl Open Network Library
opennl-voice Open Network Library Voice
openport Openport
openqueue OPENQUEUE
openremote-ctrl OpenRemote Controller HTTP/REST
openstack-id OpenStack ID Service
opentable OpenTable
opentelemetry OpenTelemetry Protocol
opentrac OpenTRAC
openvms-sysipc openvms-sysipc
openvpn OpenVPN
openwebnet OpenWebNet protocol for electric network
opequus-server OpEquus Server
opi-sock OpenView DM rqt communication
opnet-smp OPNET Service Management Platform
opsec-cvp OPSEC CVP
opsec-ela OPSEC ELA
opsec-lea OPSEC LEA
opsec-omi OPSEC OMI
opsec-sam OPSEC SAM
opsec-uaa OPSEC UAA
opsec-ufp OPSEC UFP
opsession-clnt OP Session Client
opsession-prxy OP Session Proxy
opsession-srvr OP Session Server
opsmessaging Vehicle to station messaging
opsmgr Microsoft Operations Manager
opsview-envoy Opsview Envoy
opswagent Server Automation Agent
opswmanager Opsware Manager
optech-port1-lm Optech Port1 License Manager
optika-emedia Optika eMedia
optilogic OptiLogic
optima-vnet Optima VNET
optiwave-lm Optiwave License Management
optocontrol OptoControl
optohost002 Opto Host Port 2
optohost003 Opto Host Port 3
optohost004 Opto Host Port 4
opus-services OPUS Server Port
ora-lm Optical Research Associates License Manager
ora-oap Oracle Access Protocol
oracle a service
oracle-em1 oracle-em1
oracle-em2 oracle-em2
oracle-ms-ens Oracle Messaging Server Event Notification Service
oracle-oms Oracle OMS
oracle-vp1 Oracle-VP1
oracle-vp2 Oracle-VP2
oracleas-https Oracle Application Server HTTPS
oraclenames oraclenames
oraclenet8cman Oracle Net8 Cman
orasrv oracle
orbiter Orbiter
orbix-cfg-ssl Orbix 2000 Locator SSL
orbix-config Orbix 2000 Config
orbix-loc-ssl Orbix 2000 Locator SSL
orbix-locator Orbix 2000 Locator
orbixd orbixd
orbplus-iiop orbplus-iiop
ordinox-dbase Ordinox Dbase
ordinox-server Ordinox Server
origo-native OrigoDB Server Native Interface
origo-sync OrigoDB Server Sync Interface
orion Orion
orion-rmi-reg orion-rmi-reg
ortec-disc ORTEC Service Discovery
os-licman Objective Solutions License Manager
osaut Osorno Automation
osb-sd Oracle Secure Backup
osdcp Secure Device Protocol
osm-appsrvr OSM Applet Server
osm-oev OSM Event Server
osmosis-aeea Osmosis / Helix (R) AEEA Port
osp Open Settlement Protocol
ospf-lite ospf-lite
osu-nms OSU Network Monitoring System
osvr Open-Source Virtual Reality
otlp OTLP
otmp ObTools Message Protocol
otp OpenVAS Transfer Protocol
otpatch OTPatch
ott One Way Trip Time
ottp OTTP
otv Overlay Transport Virtualization (OTV)
outlaws Outlaws
ov-nnm-websrv OpenView Network Node Manager WEB Server
ovalarmsrv OVALARMSRV
ovalarmsrv-cmd OVALARMSRV-CMD
ovbus HP OpenView Bus Daemon
oveadmgr OpenView DM Event Agent Manager
ovhpas HP OpenView Application Server
ovladmgr OpenView DM Log Agent Manager
ovobs OpenView Service Desk Client
ovrimosdbman OVRIMOSDBMAN
ovsam-d-agent hp OVSAM HostAgent Disco
ovsam-mgmt hp OVSAM MgmtServer Disco
ovsdb Open vSwitch Database protocol
ovsessionmgr OpenView Session Mgr
ovtopmd OVTOPMD
ovwdb OpenView NNM daemon
owamp-control OWAMP-Control
owamp-test OWAMP-Test
owms Opswise Message Service
owserver One-Wire Filesystem Server
p-net-local P-Net on IP local
p-net-remote P-Net on IP remote
p25cai APCO Project 25 Common Air Interface - UDP encapsulation
p2pcommunity p2pCommunity
p2pevolvenet Opensource Evolv Enterprise Platform P2P Network Node Connection
p2pgroup Peer to Peer Grouping
p2pq p2pQ
p4p-portal P4P Portal Service
p4runtime P4Runtime gRPC Service
p6ssmc P6R Secure Server Management Console
pace-licensed PACE license server
pacerforum PacerForum
pacmand Pacmand
pacom Pacom Security User Port
padl2sim a service
pads PADS (Public Area Display System) Server
pafec-lm pafec-lm
paging-port RTP Paging Port
pago-services1 Pago Services 1
pago-services2 Pago Services 2
palace-1 OnLive-1
palace-2 OnLive-2
palace-3 OnLive-3
palace-4 Palace-4
palace-5 Palace-5
palace-6 Palace-6
palcom-disc PalCom Discovery
pammratc PAMMRATC
pammrpc PAMMRPC
pana PANA Messages
panagolin-ident Pangolin Identification
panasas Panasas rendezvous port
pangolin-laser Pangolin Laser
panquest-xact PanQuest XACT
papachi-p2p-srv peer tracker and data relay service
paradym-31port Paradym 31 Port
paragent PrivateArk Remote Agent
parallel Parallel for GAUSS (tm)
park-agent PARK AGENT
parliant Parliant Telephony System
parsec-game Parsec Gameserver
parsec-master Parsec Masterserver
parsec-peer Parsec Peer-to-Peer
partimage Partition Image Port
passgo PassGo
passgo-tivoli PassGo Tivoli
password-chg Password Change
passwrd-policy Password Policy
patrol Patrol
patrol-coll PATROL Collector
patrol-ism PATROL Internet Srv Mgr
patrol-mq-gm Patrol for MQ GM
patrol-mq-nm Patrol for MQ NM
patrol-snmp Patrol SNMP
patrolview Patrol View
pawserv Perf Analysis Workbench
pay-per-view Pay-Per-View
paycash-online PayCash Online Protocol
paycash-wbp PayCash Wallet-Browser
payrouter payrouter
pc-mta-addrmap PacketCable MTA Addr Map
pc-telecommute PC Telecommute
pcanywheredata pcANYWHEREdata
pcanywherestat pcANYWHEREstat
pcc-image-port PCC-image-port
pcc-mfp PCC MFP
pcep Path Computation Element Communication Protocol
pcia-rxp-b PCIA RXP-B
pciarray pciarray
pcihreq PCIHReq
pcle-infex Pinnacle Sys InfEx Port
pclemultimedia PCLE Multi Media
pcmail-srv PCMail Server
pcmk-remote The pacemaker remote (pcmk-remote) service extends high availability
pcoip PC over IP
pcoip-mgmt PC over IP Endpoint Management
pconnectmgr pconnectmgr
pcp Port Control Protocol
pcp-multicast Port Control Protocol Multicast
pcptcpservice Production Company Pro TCP Service
pcs-pcw pcs-pcw
pcs-sf-ui-man PC SOFT - Software factory UI/manager
pcsync-http PCsync HTTP
pcsync-https PCsync HTTPS
pctrader Sierra Net PC Trader
pcttunnell PCTTunneller
pd-admin PD Administration
pda-data PDA Data
pda-gate PDA Gate
pda-sys PDA System
pdap Prospero Data Access Protocol
pdap-np Prospero Data Access Prot non-priv
pdb PDB
pdefmns Policy definition and update management
pdl-datastream Printer PDL Data Stream
pdnet PDnet
pdp Pacific Data Products
pdps Photoscript Distributed Printing System
pdrncs pdrncs
pds Ping Discovery Service
pdtp PDTP P2P
pduncs Policy Distribute, Update Notification
pe-mike pe-mike
peerbook-port PeerBook Port
peerwire PeerWire
pegasus Pegasus GPS Platform
pegasus-ctl Pegaus GPS System Control Interface
pegboard Electronic PegBoard
pehelp pehelp
pentbox-sim PenTBox Secure IM Protocol
peocoll Peovica Collector
peoctlr Peovica Controller
peport PEport
perf-port cisco perf port
perfd HP System Performance Metric Service
perimlan ISC Alarm Message Service
periscope Periscope
permabit-cs Permabit Client-Server
perrla PERRLA User Services
persona Persoft Persona
personal-agent Personal Agent
personal-link Personal Link
personalos-001 PersonalOS Comm Port
personnel Personnel protocol
pfcp Destination Port number for PFCP
pftp PFTP
pfu-prcallback PFU PR Callback
pgbackrest PostgreSQL Backup
pgbouncer PgBouncer
pgps Predicted GPS
ph Ph service
pharmasoft pharmasoft
pharos Pharos
philips-vc Philips Video-Conferencing
phoenix-rpc Phoenix RPC
phonebook phone
phonex-port Phonex Protocol
photuris proturis
phrelay Photon Relay
phrelaydbg Photon Relay Debug
piccolo piccolo - Cornerstone Software
pichat Pichat Server
picknfs picknfs
picodbc pickodbc
pictrography Pictrography
pim-port PIM over Reliable Transport
pim-rp-disc PIM-RP-DISC
ping-pong Telerate Workstation
pinghgl Hellgate London
pip PIP
pipe-server IANA assigned this well-formed service name as a replacement for
pipes Pipes Platform
piranha1 Piranha1
piranha2 Piranha2
pirp pirp
pit-vpn pit-vpn
pixelpusher PixelPusher pixel data
pjj-player PJJ Media Player
pjj-player-disc PJJ Media Player discovery
pjlink Projector Link
pk PK
pk-electronics PK Electronics
pkagent PKAgent
pkix-3-ca-ra PKIX-3 CA/RA
pkix-cmc PKIX Certificate Management using CMS (CMC)
pkix-timestamp PKIX TimeStamp
pkt-krb-ipsec PKT-KRB-IPSec
pktcable-cops PktCable-COPS
pktcablemmcops PacketCableMultimediaCOPS
plato Plato
plato-lm Plato License Manager
playsta2-app PlayStation2 App Port
playsta2-lob PlayStation2 Lobby Port
plbserve-port PL/B App Server User Port
plcy-net-svcs PLCY Net Services
plethora Secure Virtual Workspace
plex Plex multimedia
plgproxy PLG Proxy
pluribus Pluribus
plysrv-http PolyServe http
plysrv-https PolyServe https
pm-cmdsvr PeerMe Msg Cmd Service
pmas Performance Measurement and Analysis
pmcd PCP server (pmcd)
pmcp ATSC PMCP Standard
pmcs PMCS applications
pmd OpenView DM ovc/xmpv3 api pipe
pmdfmgt PMDF Management
pmdmgr OpenView DM Postmaster Manager
pmip6-cntl pmip6-cntl
pmip6-data pmip6-data
pmproxy PCP proxy (pmproxy)
pmsm-webrctl PMSM Webrctl
pmwebapi HTTP binding for Performance Co-Pilot client API
pn-requester PN REQUESTER
pn-requester2 PN REQUESTER 2
pnaconsult-lm PNACONSULT-LM
pnbs Phlexible Network Backup Service
pnbscada PNBSCADA
pnet-conn Propel Connector port
pnet-enc Propel Encoder port
pnrp-port PNRP User Port
pns Policy Notice Service
polestar POLESTAR
policyserver Policy Server
pon-ictp Inter-Channel Termination Protocol (ICTP) for multi-wavelength PON
pop2 Post Office Protocol - Version 2
pop3 Post Office Protocol - Version 3
pop3s POP3 over TLS protocol
popup-reminders Popup Reminders Receive
portgate-auth PortGate Authentication
postgresql PostgreSQL Database
pov-ray POV-Ray
poweralert-nsa PowerAlert Network Shutdown Agent
powerburst Air Soft Power Burst
powerclientcsf PowerClient Central Storage Facility
powerexchange Informatica PowerExchange Listener
powergemplus POWERGEMPLUS
powerguardian powerguardian
poweronnud Now Up-to-Date Public Server
powerschool PowerSchool
powwow-client PowWow Client
powwow-server PowWow Server
ppactivation PP ActivationServer
ppcontrol PowerPlay Control
ppsms PPS Message Service
ppsuitemsg PlanetPress Suite Messeng
pptconference pptconference
pptp pptp
pq-lic-mgmt pq-lic-mgmt
pqsflows ProQueSys Flows Service
pqsp PQ Service
pra-elmd pra_elmd IANA assigned this well-formed service name as a replacement
prat PRAT
prchat-server PR Chat Server
prchat-user PR Chat User
precise-comm PreciseCommunication
precise-i3 Precise I3
precise-sft Precise Sft.
precise-vip PRECISE-VIP
predatar-comms Predatar Comms Service
prelude Prelude IDS message proto
presence XMPP Link-Local Messaging
presonus-ucnet PreSonus Universal Control Network Protocol
press PEG PRESS Server
prex-tcp Protocol for Remote Execution over TCP
prgp Put/Run/Get Protocol
primaserver Prima Server
princity-agent Princity Agent
print-srv Network PostScript
printer spooler
printer-agent Printer Agent IANA assigned this well-formed service name as a
printopia Printopia Serve
priority-e-com Priority E-Com
prism-deploy Prism Deploy User Port
prismiq-plugin PRISMIQ VOD plug-in
privateark PrivateArk
privatechat PrivateChat
privatewire PrivateWire
privilege Privilege
privoxy Privoxy HTTP proxy
prizma Prizma Monitoring Service
prm-nm Prospero Resource Manager Node Man.
prm-nm-np Prospero Resource Manager
prm-sm Prospero Resource Manager Sys. Man.
prm-sm-np Prospero Resource Manager
prnrequest Printer Request Port
prnstatus Printer Status Port
pro-ed ProEd
proactivate Turbopower Proactivate
proactivesrvr Proactive Server
proaxess ProAxess Server
procos-lm PROCOS LM
prodigy-intrnet prodigy-internet
productinfo Product Information
profile PROFILE Naming System
profilemac Profile for Mac
profinet-cm PROFInet Context Manager
profinet-cm-sec PROFINET secure connection management and key provisioning
profinet-rt PROFInet RT Unicast
profinet-rt-sec PROFINET secure real-time data transfer over UDP (unicast and
profinet-rtm PROFInet RT Multicast
progistics ConnectShip Progistics
programmar ProGrammar Enterprise
prolink prolink
proofd PROOFD
propel-msgsys PROPEL-MSGSYS
proremote ProRemote
proshare-mc-1 Intel Proshare Multicast
proshare-mc-2 Intel Proshare Multicast
proshare1 Proshare Notebook Application
proshare2 Proshare Notebook Application
proshareaudio proshare conf audio
prosharedata proshare conf data
prosharenotify proshare conf notify
prosharerequest proshare conf request
prosharevideo proshare conf video
prospero Prospero Directory Service
prospero-np Prospero Directory Service non-priv
proxim proxim
proxima-lm Proxima License Manager
proxy-gateway Proxy Gateway
prp PRP
prregister PR Register
prsvp RSVP Port
ps-ams PlayStation AMS (Secure)
ps-capture-pro PaperStream Capture Professional
ps-server Communication ports for PaperStream Server services
psbserver Pharos Booking Server
pscl-mgt Parascale Membership Manager
pscribe Precision Scribe Cnx Port
pscupd PSC Update
psdbserver psdbserver
pserver pserver
psi-ptt PSI Push-to-Talk Protocol
psl-management PowerSysLab Electrical Management
pslicser PrintSoft License Server
pslserver pslserver
psmond psmond
psprserver psprserver
pspserver pspserver
psqlmws Premier SQL Middleware Server
psrserver psrserver
psrt PubSub Realtime Telemetry Protocol
pss Pearson
pssc PSSC
pt-tls IETF Network Endpoint Assessment (NEA) Posture Transport Protocol over
pt2-discover PT2-DISCOVER
ptcnameservice PTC Name Service
ptk-alink ParaTek Agent Linking
ptp Picture Transfer Protocol
ptp-event PTP Event
ptp-general PTP General
publiqare-sync PubliQare Distributed Environment Synchronisation Engine
pulsonixnls Pulsonix Network License Service
pump a service
pumpkindb Event sourcing database engine with a built-in programming language
puparp a service
puppet The Puppet master service
puprouter a service
purenoise PureNoise
purityrpc Purity replication clustering and remote management
pushns PUSH Notification Service
pvaccess Experimental Physics and Industrial Control System
pvsw Pervasive Listener
pvsw-inet Pervasive I*net Data Server
pvuniwien PVUNIWIEN
pvxpluscs Pvx Plus CS Host
pvxplusio PxPlus remote file srvr
pwdgen Password Generator Protocol
pwdis Password Distribution
pwgippfax PWG IPP Facsimile
pwgpsi Print Services Interface
pwgwims PWG WIMS
pwrsevent pwrsevent
pxc-epmap pxc-epmap
pxc-ntfy PXC-NTFY
pxc-pin pxc-pin
pxc-roid pxc-roid
pxc-sapxom pxc-sapxom
pxc-splr pxc-splr
pxc-splr-ft pxc-splr-ft
pxc-spvr pxc-spvr
pxc-spvr-ft pxc-spvr-ft
pyrrho Pyrrho DBMS
q3ade Q3ADE Cluster Service
q55-pcc q55-pcc
qadmifevent qadmifevent
qadmifoper qadmifoper
qb-db-server QB Database Server
qbdb QB DB Dynamic Port
qbikgdp QbikGDP
qcp Qpur Communication Protocol
qdb2service Qpuncture Data Access Service
qencp Quick Eagle Networks CP
qfp Qpur File Protocol
qft Queued File Transport
qftest-lic-mcp QF-Test License Server / QF-Test MCP Server
qftest-lookup qftest Lookup Port
qip-audup qip-audup
qip-login qip-login
qip-msgd qip_msgd
qip-qdhcp qip_qdhcp
qke-llc-v3 Qke LLC V.3
qmqp QMQP
qmtp The Quick Mail Transfer Protocol
qmtps QMTP over TLS
qmvideo QM video network management protocol
qnts-orb QNTS-ORB
qnxnetman qnxnetman
qo-secure QuickObjects secure port
qolyester QoS-extended OLSR protocol
qotd Quote of the Day
qotps qotps
qpasa-agent Qpasa Agent
qptlmd Quantapoint FLEXlm Licensing Service
qrh a service
qsm-gui QSM GUI Service
qsm-proxy QSM Proxy Service
qsm-remote QSM RemoteExec
qsnet-assist QSNet Assistant
qsnet-cond QSNet Conductor
qsnet-nucl QSNet Nucleus
qsnet-trans QSNet Transmitter
qsnet-workst QSNet Workstation
qsoft qsoft
qt-serveradmin QT SERVER ADMIN
qtms-bootstrap QTMS Bootstrap Protocol
qtp QTP
quaddb Quad DB
quailnet Quail Networks Object Broker
quake quake
quantastor QuantaStor Management Interface
quartus-tcl quartus tcl
quasar-server Quasar Accounting Server
qubes QuBES
quest-agent Quest Common Agent
quest-data-hub Quest Data Hub
quest-disc Quest application level network service discovery
quest-vista Quest Vista
questdb2-lnchr Quest Central DB2 Launchr
questnotify Quest Notification Server
queueadm MetaSoft Job Queue Administration Service
quickbooksrds QuickBooks RDS
quicksuite QUICKSUITE
quosa QUOSA Virtual Library Service
quotad a service
qvr Quiqum Virtual Relais
qwave qWAVE Bandwidth Estimate
raadmin RA Administration
racf z/OS Resource Access Control Facility
radan-http Radan HTTP
radclientport Radiance UltraEdge Port
radec-corp RADEC CORP
radg GSS-API for the Oracle Remote Administration Daemon
radio radio
radio-bc radio-bc
radio-sm radio-sm
radius RADIUS
radius-acct RADIUS Accounting
radius-dynauth RADIUS Dynamic Authorization
radix RADIX
radmin-port RAdmin Port
radmind Radmind Access Protocol
radpdf RAD PDF Service
rads Remote Administration Daemon (RAD) is a system service that offers
radsec Secure Radius Service
radware-rpm Radware Resource Pool Manager
radware-rpm-s Secure Radware Resource Pool Manager
radwiz-nms-srv RADWIZ NMS SRV
raid-ac a service
raid-am a service
raid-cc raid
raid-cd raid
raid-cs a service
raid-sf a service
railgun-webaccl CloudFlare Railgun Web Acceleration Protocol
ramp Registry A & M Protocol
rancher Rancher Agent
rap Route Access Protocol
rap-ip Rhapsody Interface Protocol
rap-listen rap-listen
rap-service rap-service
rapi Microsoft ActiveSync Remote API
rapidbase Rapid Base
rapidmq-center Jiiva RapidMQ Center
rapidmq-reg Jiiva RapidMQ Registry
rapido-ip Rapido_IP
raqmon-pdu RAQMON PDU
rasadv rasadv
ratio-adp ratio-adp
ratl RATL
ravehd RaveHD network control
raven-rdp Raven Remote Management Data
raven-rmp Raven Remote Management Control
raventbs Raven Trinity Broker Service
raventdm Raven Trinity Data Mover
raw-serial Raw Async Serial Link
raxa-mgmt RAXA Management
razor Vipul's Razor
rbakcup1 RBackup Remote Backup
rbakcup2 RBackup Remote Backup
rblcheckd rblcheckd server daemon
rbr-debug REALbasic Remote Debug
rbr-discovery Red Box Recorder ADP
rbsystem Robert Bosch Data Transfer
rbt-smc Riverbed Steelhead Mobile Service
rbt-wanopt Riverbed WAN Optimization Protocol
rcc-host RCC Host
rcip-itu Resource Connection Initiation Protocol
rcp Radio Control Protocol
rcst RCST
rcts Rotorcraft Communications Test System
rda RDA
rdb-dbs-disp Oracle Remote Data Base
rdc-wh-eos RDC WH EOS
rdcenter Reticle Decision Center
rdgs Reliable Datagram Sockets
rdlap RDLAP
rdm-tfs Raima RDM TFS
rdmnet-ctrl PLASA E1.33, Remote Device Management (RDM) controller status
rdmnet-device PLASA E1.33, Remote Device Management (RDM) messages
rdrmshc RDRMSHC
rds rds
rds-ib Reliable Datagram Service
rds-ip Reliable Datagram Service over IP
rds2 rds2
re-conn-proto RE-Conn-Proto
re-mail-ck Remote Mail Checking Protocol
re101 re101
reachout REACHOUT
realm-rusd ApplianceWare managment protocol
realsecure Real Secure
rebol REBOL
recipe RECIPe
recvr-rc Receiver Remote Control
recvr-rc-disc Receiver Remote Control Discovery
redis An advanced key-value cache and store
redstone-cpss REDSTONE-CPSS
redstorm-diag Diagnostics Port IANA assigned this well-formed service name as a
redstorm-find Game Announcement and Location IANA assigned this well-formed service
redstorm-info Information to query for game status IANA assigned this well-formed
redstorm-join Game Connection Port IANA assigned this well-formed service name as a
redwood-chat Redwood Chat
reftek REFTEK
registrar resource monitoring service
relief Relief Consulting
rellpack a service
reload-config Peer to Peer Infrastructure Configuration
remcap Remote Capture Protocol
remctl Remote Authenticated Command Service
remographlm Remograph License Manager
remote-as Remote Assistant (RA)
remote-collab remote-collab
remote-kis Remote-KIS
remote-winsock remote-winsock
remotedeploy RemoteDeploy Administration Port
remotefs rfs server
remoteware-cl RemoteWare Client
remoteware-srv RemoteWare Server
remoteware-un RemoteWare Unassigned
removed Removed
repcmd repcmd
repliweb Repliweb
repscmd RepCmd
repsvc Double-Take Replication Service
res Real Enterprise Service
res-sap RES-SAP
resacommunity Community Service
rescap rescap
resorcs RES Orchestration Catalog Services
resource-mgr Resource Manager IANA assigned this well-formed service name as a
responselogic RESPONSELOGIC
responsenet ResponseNet
restconf-ch-tls RESTCONF Call Home (TLS)
retp Real Estate Transport Protocol
retrospect Retrospect backup and restore service
rets RETS
rets-ssl RETS over SSL
reversion Reversion Backup/Restore
rexecj RexecJ Server
rfa remote file access server
rfb Remote Framebuffer
rfe radio free ethernet
rfid-rp1 RFID Reader Protocol 1.0
rfile a service
rfio RFIO
rfmp RISO File Manager Protocol
rfx-lm rfx-lm
rgtp Reverse Gossip Transport
rhp-iibp rhp-iibp
rib-slm Rib License Manager
ricardo-lm Ricardo North America License Manager
rich-cp Rich Content Protocol
rid RID over HTTP/TLS
ridgeway1 Ridgeway Systems & Software
ridgeway2 Ridgeway Systems & Software
rift-lies Routing in Fat Trees Link Information Element
rift-ties Routing in Fat Trees Topology Information Element
rimf-ps HP RIM for Files Portal Service
rimsl a service
ripng ripng
ris Intergraph
ris-cm Russell Info Sci Calendar Manager
rise Rise: The Vieneo Province
rjcdb-vcards rjcdb vCard
rje Remote Job Entry
rkb-oscs RKB-OSCS
rlm RLM License Server
rlm-admin RLM administrative interface
rlm-disc RLM Discovery Server
rlp Resource Location Protocol
rlzdbase RLZ DBase
rmc RMC
rmiactivation RMI Activation
rmiaux Auxiliary RMI Port
rmiregistry RMI Registry
rmlnk rmlnk
rmonitor rmonitord
rmonitor-secure RMONITOR SECURE IANA assigned this well-formed service name as a
rmopagt RMOPAGT
rmpp Datalode RMPP
rms-agent RMS Agent Listening Service
rmt Remote MT Protocol
rmtserver RMT Server
rna RNSAP User Adaptation for Iurh
rndc BIND9 remote name daemon controller
rnm RNM
rnmap Remote nmap
rnrp RNRP
robcad-lm Robcad, Ltd. License Manager
robix Robix
roboeda roboEDA
roboer roboER
robot-remote Robot Framework Remote Library Interface
robotraconteur Robot Raconteur transport
roce IP Routable RocE
rockwell-csp2 Rockwell CSP2
rocrail Rocrail Client Service
roketz roketz
rome Proprietary immutable distributed data storage
rootd ROOTD
rothaga Encrypted chat and file transfer service
roughtime Roughtime time synchronization
routematch RouteMatch Com
router local routing process (on site); uses variant of Xerox NS routing
roverlog RoverLog IPC
rp-reputation Roaring Penguin IP Address Reputation Collection
rpas-c2 Remotely Piloted Vehicle C&C
rpasswd a service
rpc2portmap rpc2portmap
rpi RDQ Protocol Interface
rpki-rtr Resource PKI to Router Protocol
rpki-rtr-tls Resource PKI to Router Protocol over TLS
rprt Remote Port Redirector
rrac Remote Replication Agent Connection
rrdp Real-time & Reliable Data
rrh a service
rrifmm rrifmm
rrilwm rrilwm
rrimwm rrimwm
rrirtr rrirtr
rrisat rrisat
rrp Registry Registrar Protocol (RRP)
rs-pias R&S Proxy Installation Assistant Service
rs-rmi RealSpace RMI
rs-status Redspeed Status Monitor
rsap rsap
rsc-robot rsc-robot
rscd Bladelogic Agent Service
rscs Remote Server Control and Test Service
rsf-1 RSF-1 clustering
rsh-spx Berkeley rshd with SPX auth
rsip RSIP Port
rsisysaccess RSISYS ACCESS
rsms Remote Server Management Service
rsmtp RSMTP
rsom RSOM
rsqlserver REAL SQL Server
rsvd RSVD
rsvp-encap-1 RSVP-ENCAPSULATION-1
rsvp-encap-2 RSVP-ENCAPSULATION-2
rsvp-tunnel RSVP Tunnel IANA assigned this well-formed service name as a
rsync rsync
rt-classmanager ReadyTech ClassManager
rt-devicemapper ReadyTech DeviceMapper Server
rt-event Real-Time Event Port
rt-event-s Real-Time Event Secure Port
rt-helper ReadyTech Helper Service
rt-labtracker ReadyTech LabTracker
rt-sound ReadyTech Sound Server
rt-viewer ReadyTech Viewer
rtc-pm-port Oracle RTC-PM port
rtcm-sc104 rtcm-sc104
rtelnet Remote Telnet Service
rtimeviewer R*TIME Viewer Data Interface
rtip a service
rtmp-port RTMP Port
rtnt-1 rtnt-1 data packets
rtnt-2 rtnt-2 data packets
rtps-dd-mt RTPS Data-Distribution Meta-Traffic
rtps-dd-ut RTPS Data-Distribution User-Traffic
rtps-discovery RTPS Discovery
rtraceroute Remote Traceroute
rtsclient Resource Tracking system client
rtsp Real Time Streaming Protocol (RTSP)
rtsp-alt RTSP Alternate (see port 554)
rtsps RTSPS
rtsserv Resource Tracking system server
rugameonline Russian Online Game
rusb-sys-port Remote USB System Port
rushd RUSHD
rvs-isdn-dcp RVS ISDN DCP
rwhois Remote Who Is
rwp Remote Window Protocol
rxapi ooRexx rxapi services
rxe a service
rxmon RxMon
s-bfd Seamless Bidirectional Forwarding Detection (S-BFD)
s-net Sirius Systems
s-openmail OpenMail Suer Agent Layer (Secure)
s1-control S1-Control Plane (3GPP)
s102 S102 application
s3db Simple Stacked Sequences Database
s8-client-port S8Cargo Client Port
sa-msg-port sa-msg-port
sabams Saba MS
sabarsd sabarsd
sabp-signal SABP-Signalling Protocol
sac SAC Port Id
sacred SACRED
safetynetp SafetyNET p
saft saft Simple Asynchronous File Transfer
sage-best-com1 sage Best! Config Server 1
sage-best-com2 sage Best! Config Server 2
sagectlpanel SAGECTLPANEL
sagxtsds SAG Directory Server
sah-lm S A Holditch & Associates - LM
sais Satellite-data Acquisition System 1
saiscm Satellite-data Acquisition System 3
saiseh Satellite-data Acquisition System 4
saism Satellite-data Acquisition System 2
sal Safe AutoLogon
salient-dtasrv Salient Data Server
salient-mux Salient MUX
salient-usrmgr Salient User Manager
saltd-licensing Siemens Licensing Server
samd SAMD
samsung-disc Samsung Convergence Discovery Protocol
samsung-unidex Samsung Unidex
sanavigator SANavigator Peer Port
sandpolis Sandpolis Server
sane-port SANE Control Port
sanity SANity
santak-ups Santak UPS
santools SANtools Diagnostic Server
saphostctrl SAPHostControl over SOAP/HTTP
saphostctrls SAPHostControl over SOAP/HTTPS
sapms SAP Message Server
sapv1 Session Announcement v1
saratoga Saratoga Transfer Protocol
saris Saris
sas-remote-hlp SAS Remote Help Server
sasg SASG
sasggprs SASG GPRS
sasp Server/Application State Protocol (SASP)
sauterdongle Sauter Dongle
savant SAVANT
sbackup Shadow Backup
sbcap SBcAP in 3GPP
sbi-agent SBI Agent Protocol
sbl Streamlined Blackhole
sbook Registration Network Protocol
scaleft Multi-Platform Remote Management for Cloud Infrastructure
scan-change Scan & Change
scanstat-1 scanSTAT 1.0
scc-security SCC Security
sccip-media SccIP Media
sceanics SCEANICS situation and action notification
scenccs Catalog Content Search
scenidm intelligent data manager
scientia-sdb Scientia-SDB
scientia-ssdb SCIENTIA-SSDB
scinet scientia.net
scintilla Scintilla protocol for device services
scipticslsrvr Scriptics Lsrvr
sco-aip SCO AIP
sco-dtmgr SCO Desktop Administration Server
sco-inetmgr Internet Configuration Manager
sco-peer-tta SCO-PEER-TTA
sco-sysmgr SCO System Administration Server
sco-websrvrmg3 SCO Web Server Manager 3
sco-websrvrmgr SCO WebServer Manager
scohelp scohelp
scoi2odialog scoi2odialog
scol SCOL
scoremgr a service
scotty-disc Discovery of a SCOTTY hardware codec board
scotty-ft SCOTTY High-Speed Filetransfer
scp Siemens AuD SCP
scp-config SCP Configuration
scpi-raw SCPI-RAW
scpi-telnet SCPI-TELNET
scrabble a service
screencast ScreenCast
scriptview ScriptView Network
scscp Symbolic Computation Software Composability Protocol
scservp Customer Service Port
scte104 SCTE104 Connection
scte30 SCTE30 Connection
sctp-tunneling SCTP TUNNELING
scup Sensor Control Unit Protocol
scup-disc Sensor Control Unit Protocol Discovery Protocol
scx-proxy scx-proxy
sd Session Director
sd-capacity SD-CAPACITY
sd-data SD-DATA
sd-elmd sd-elmd
sd-request SD-REQUEST
sdbproxy SDBProxy
sdclient SD Client
sddp SmartDialer Data Protocol
sde-discovery ESRI SDE Instance Discovery
sdfunc a service
sdhelp sdhelp
sdl-ets SDL - Ent Trans Server
sdmmp SAS Domain Management Messaging Protocol
sdnskmp SDNSKMP
sdo Simple Distributed Objects
sdo-ssh Simple Distributed Objects over SSH
sdo-tls Simple Distributed Objects over TLS
sdp-id-port Session Description ID
sdp-portmapper SDP Port Mapper Protocol
sdproxy sdproxy
sdr Secure Data Replicator Protocol
sds SIP Directory Services
sds-admin SDS Admin
sdsc-lm isi-lm
sdserver SD Server
sdt Session Data Transport Multicast
sdt-lmd SDT License Manager
sdtvwcam Service used by SmarDTV to communicate between a CAM and a second
seagull-ais SEAGULL AIS
seagulllms SEAGULLLMS
seaodbc SeaODBC
search a service
search-agent Infoseek Search Agent
seaview Sea View
sec-ntb-clnt SecureNotebook-CLNT
sec-pc2fax-srv Samsung PC2FAX for Network Server
sec-t4net-clt Samsung Twain for Network Client
sec-t4net-srv Samsung Twain for Network Server
seclayer-tcp securitylayer over tcp
seclayer-tls securitylayer over tls
secrmmsafecopya Security approval process for use of the secRMM SafeCopy program
secure-cfg-svr Secured Configuration Server
secure-mqtt Secure MQTT
secure-ts PKIX TimeStamp over TLS
securitychase SecurityChase
seispoc Seismic P.O.C. Port
semantix Semantix
semaphore Semaphore Connection Port
semi-grpc gRPC for SEMI Standards implementations
send SEND
senip IAS, Inc. SmartEye NET Internet Protocol
senomix01 Senomix Timesheets Server
senomix02 Senomix Timesheets Client
senomix03 Senomix Timesheets Server
senomix04 Senomix Timesheets Server
senomix05 Senomix Timesheets Server
senomix06 Senomix Timesheets Client
senomix07 Senomix Timesheets Client
senomix08 Senomix Timesheets Client
sent-lm SENT License Manager
sentinel Sentinel Server
sentinel-ent Sentinel Enterprise
sentinel-lm Sentinel LM
sentinelsrm SentinelSRM
sentlm-srv2srv SentLM Srv2Srv
sep Security Encapsulation Protocol - SEP
seraph Seraph DCS
sercomm-scadmin Sercomm-SCAdmin
sercomm-wlink Sercomm-WLink
serialgateway SerialGateway
server-find Server Find
serverdocs Apple Document Sharing Service
servergraph servergraph
serverstart ServerStart RemoteControl
serverview-as SERVERVIEW-AS
serverview-asn SERVERVIEW-ASN
serverview-gf SERVERVIEW-GF
serverview-icc SERVERVIEW-ICC
serverview-rm SERVERVIEW-RM
serverviewdbms Server View dbms access
serverwsd2 Microsoft Windows Server WSD2 Service
servexec a service
service-ctrl Service Control
servicemeter Service Meter
servicetags Service Tags
servistaitsm SerVistaITSM
servserv a service
servstat Service Status update (Sterling Software)
sesi-lm sesi-lm
set Secure Electronic Transaction
sf-lm SF License Manager (Sentinel)
sflm SFLM
sflow sFlow traffic monitoring
sfm-db-server SFMdb - SFM DB server
sfmsso SFM Authentication Subsystem
sfs-config Cray SFS config server
sfs-smp-net Cray Network Semaphore server
sftdst-port Software Distributor Port
sftp Simple File Transfer Protocol
sftsrv sftsrv
sftu SFTU
sg-lm Silicon Grail License Manager
sgcip Simple Generic Client Interface Protocol
sgcp sgcp
sge-execd Grid Engine Execution Service IANA assigned this well-formed service
sge-qmaster Grid Engine Qmaster Service IANA assigned this well-formed service
sgi-arrayd SGI Array Services Daemon
sgi-dmfmgr Data migration facility Manager (DMF) is a browser based interface to
sgi-esphttp SGI ESP HTTP
sgi-eventmond SGI Eventmond Port
sgi-lk SGI LK Licensing service
sgi-soap Data migration facility (DMF) SOAP is a web server protocol to support
sgi-storman SGI Storage Manager
sgmp SGMP
sgmp-traps SGMP-TRAPS
sgsap SGsAP in 3GPP
shadowserver a service
shadowstream ShadowStream System
shaperai Shaper Automation Server Management
shaperai-disc Shaper Automation Server Management Discovery
shareapp ShareApp
sharp-server ATI SHARP Logic Engine
shell cmd like exec, but automatic authentication is performed as for login
shilp a service
shiprush-d-ch Z-firm ShipRush interface for web access and bidirectional data
shiprush-db-svr ShipRush Database Server
shiva-confsrvr shiva_confsrvr IANA assigned this well-formed service name as a
shivadiscovery Shiva
shivahose Shiva Hose
shivasound Shiva Sound
shockwave Shockwave
shockwave2 Shockwave 2
shofar Shofar
showcockpit-net ShowCockpit Networking
shrewd-control Initium Labs Security and Automation Control
shrewd-stream Initium Labs Security and Automation Streaming
shrinkwrap Shrinkwrap
sia-ctrl-plane Service Insertion Architecture (SIA) Control-Plane
siam siam
sicct SICCT
sicct-sdp SICCT Service Discovery Protocol
siebel-ns Siebel NS
siemensgsm Siemens GSM
sieve ManageSieve Protocol
sift-uft Sender-Initiated/Unsolicited File Transfer
sightline SightLine
sigma-port Satchwell Sigma
signacert-agent SignaCert Enterprise Trust Server Agent
signal Signal
signet-ctf Signet CTF
siipat SIMS - SIIPAT Protocol for Alarm Transmission
silc SILC
silhouette Silhouette User
silkmeter SILKMETER
silkp1 silkp1
silkp2 silkp2
silkp3 silkp3
silkp4 silkp4
silverpeakcomm Silver Peak Communication Protocol
silverpeakpeer Silver Peak Peer Protocol
silverplatter Silverplatter
sim-control simulator control port
simba-cs simba-cs
simbaexpress simbaexpress
simbaservices simbaservices
simco SImple Middlebox COnfiguration (SIMCO) Server
simctlp SimCtIP
simon Simple Invocation of Methods Over Network (SIMON)
simon-disc Simple Invocation of Methods Over Network (SIMON) Discovery
simp-all SIMP Channel
simple-push simple-push
simple-push-s simple-push Secure
simple-tx-rx simple text/file transfer
simplement-tie simplement-tie
simplifymedia Simplify Media SPP Protocol
simslink SIMSLink
sip SIP
sips SIP-TLS
sirius-agent Sirius Configuration Agent
sis-emt sis-emt
sitaradir Sitara Dir
sitaramgmt Sitara Management
sitaraserver Sitara Server
sitewatch e-Watch Corporation SiteWatch
sitewatch-s SSL e-watch sitewatch server
six-degrees Six Degrees Port
sixchat Direct End to End Secure Chat Protocol
sixid Secure ID to IP registration and lookup
sixnetudr sixnetudr
sixtrak sixtrak
sixxsconfig SixXS Configuration
skip-cert-recv SKIP Certificate Receive
skip-cert-send SKIP Certificate Send
skip-mc-gikreq skip-mc-gikreq
skronk skronk
sky-transport Sky Transport Protocol
skynetflow Skynetflow network services
skytale Sentyron SkyTale encrypted communication
skytelnet skytelnet
slc-ctrlrloops slc ctrlrloops
slc-systemlog slc systemlog
slim-devices Slim Devices Protocol
slingshot slingshot
slinkysearch SLINKYSEARCH
slinterbase slinterbase
slm-api Salutation Manager (SLM-API)
slmap SLm Interface Application Protocol
slp Salutation Manager (Salutation Protocol)
slp-notify SLP Notification
slscc SLS Technology Control Centre
slslavemon SoftlinK Slave Mon Port
slush Slush
sm-disc StorMagic Discovery
sm-pas-1 SM-PAS-1
sm-pas-2 SM-PAS-2
sm-pas-3 SM-PAS-3
sm-pas-4 SM-PAS-4
sm-pas-5 SM-PAS-5
sma-spw SMA Speedwire
smaclmgr smaclmgr
smakynet SMAKYNET
smallchat SmallChat
smap Service Manager
smar-se-port1 SMAR Ethernet Port 1
smar-se-port2 SMAR Ethernet Port 2
smart-diagnose Smart Diagnose
smart-install Smart Install Service
smart-lm Smart Corp. License Manager
smartcard-port Smartcard Port
smartcard-tls smartcard-TLS
smartpackets EMC SmartPackets
smartsdp smartsdp
smauth-port AMS Port
smbdirect Server Message Block over Remote Direct Memory Access
smc-admin Sun Web Console Admin
smc-http SMC-HTTP
smc-jmx Sun Java Web Console JMX
smcluster StorMagic Cluster Services
smile SMILE TCP/UDP Interface
smip Smith Protocol over IP
smntubootstrap SMNTUBootstrap
smpnameres SMPNAMERES
smpp SMPP
smpppd SuSE Meta PPPD
smpte SMPTE
sms-chat SMS CHAT
sms-rcinfo SMS RCINFO
sms-remctrl SMS REMCTRL
sms-xfer SMS XFER
smsd SMSD
smsp Storage Management Services Protocol
smsqp smsqp
smtp Simple Mail Transfer
smux SMUX
smwan Smith Micro Wide Area Network Service
sna-cs sna-cs
snac SNAC
snagas SNA Gateway Access Server
snap Simple Network Audio Protocol
snapd Snap Discovery
snapenetio SNAPenetIO
snapp SNAPP
snare snare
snaresecure SnareSecure
sncp Sniffer Command Protocol
snif SNIF End-to-End TLS Relay Control Connection [draft-zubov-snif-05,
snifferclient SnifferClient
snifferdata SNIFFERDATA
snifferserver SnifferServer
snip-slave SNIP Slave
snmp SNMP
snmp-tcp-port cisco SNMP TCP port
snmpdtls SNMP-DTLS
snmpdtls-trap SNMP-Trap-DTLS
snmpssh SNMP over SSH Transport Model
snmpssh-trap SNMP Notification over SSH Transport Model
snmptls SNMP-TLS
snmptls-trap SNMP-Trap-TLS
snmptrap SNMPTRAP
snpp Simple Network Paging Protocol
sns-admin SNS Admin
sns-agent SNS Agent
sns-channels SNS Channels
sns-dispatcher SNS Dispatcher
sns-gateway SNS Gateway
sns-protocol SNS Protocol
sns-query SNS Query
sns-quote SNS Quote
snss Surgical Notes Security Service Discovery (SNSS)
sntlkeyssrvr Sentinel Keys Server
sntp-heartbeat SNTP HEARTBEAT
soagateway soaGateway
soap-beep SOAP over BEEP
soap-http SOAP Service Port
socalia Socalia service mux
social-alarm Social Alarm Service
socks Socks
socorfs SOCORFS
socp-c SOCP Control Protocol
socp-t SOCP Time Synchronization Protocol
softaudit Isogon SoftAudit
softcm HP SoftBench CM
softdataphone softdataphone
softpc Insignia Solutions
softrack-meter SofTrack Metering
solaris-audit Solaris Audit - secure remote audit log
solera-epmap SoleraTec End Point Map
solera-lpn SoleraTec Locator
solid-e-engine SOLID E ENGINE
solid-mux Solid Mux Server
solve Solve
sonar sonar
sonardata Sonar Data
soniqsync SoniqSync
sonus Sonus
sonus-logging Sonus Logging Services
sonuscallsig Sonus Call Signal
sophia-lm Sophia License Manager
sops S-Ops Management
sor-update Soronti Update Port
sos Scito Object Server
sossd-agent Spotlight on SQL Server Desktop Agent
sossd-collect Spotlight on SQL Server Desktop Collect
sossd-disc Spotlight on SQL Server Desktop Agent Discovery
sossecollector Quest Spotlight Out-Of-Process Collector
soundsvirtual Sounds Virtual
sovd Service-Oriented Vehicle Diagnostics
spamtrap SPAM TRAP
spandataport SpanDataPort
spartan Spartan management
spc HP SoftBench Sub-Process Control
spcsdlobby SPCSDLOBBY
spdm Security Protocol and Data Model
spdp Simple Peered Discovery Protocol
spdy SPDY for a faster web
spearway Spearway Lockers
spectardata Spectar Data Stream Service
spectardb Spectar Database Rights Service
spectraport SpectraTalk Port
speedtrace SpeedTrace TraceAgent
speedtrace-disc SpeedTrace TraceAgent Discovery
spg SPG Controls Carrier
sphinxapi Sphinx search server
sphinxql Sphinx search server (MySQL listener)
spice SPICE
spike Spike Clipboard Service
spiral-admin Spiralcraft Admin
split-ping Ping with RX/TX latency/loss split
splitlock Splitlock Server
splitlock-gw Splitlock Gateway
spmp SPMP
spock spock
spocp Simple Policy Control Protocol
spramsca x509solutions Internal CA
spramsd x509solutions Secure Data
spremotetablet Connection between a desktop computer or server and a signature tablet
sps-tunnel SPS Tunnel
spsc spsc
spss Pearson HTTPS
spss-lm SPSS License Manager
spt-automation Support Automation
sptx Simplify Printing TX
spugna SpuGNA Communication Port
spw-dialer Spaceway Dialer
spw-dnspreload SPACEWAY DNS Preload
spytechphone SpyTech Phone Service
sqdr SQDR
sql-net Oracle SQL*NET IANA assigned this well-formed service name as a
sqlexec IBM Informix SQL Interface
sqlexec-ssl IBM Informix SQL Interface - Encrypted
sqlserv SQL Services
sqlsrv SQL Service
src IBM System Resource Controller
srcp Simple Railroad Command Protocol
srdp satellite distribution
srmp Spider Remote Monitoring Protocol
srp-feedback SRP Feedback
srssend SRS Send
sruth Sruth is a service for the distribution of routinely- generated but
srvc-registry Service Registry IANA assigned this well-formed service name as a
ss-idi Samsung Interdevice Interaction
ss-idi-disc Samsung Interdevice Interaction discovery
ss7ns ss7ns
ssad Simple Service Auto Discovery
ssc-agent SSC-AGENT
sscan SONY scanning protocol
ssdispatch Scott Studios Dispatch
ssdp SSDP
ssdtp SSDTP
sse-app-config SSE App Configuration
ssh The Secure Shell (SSH) Protocol
ssh-mgmt SSH Tectia Manager
sshell SSLshell
sslp Simple Socket Library's PortMaster
ssm-cssps SecurSight Authentication Server (SSL)
ssm-cvs SecurSight Certificate Valifation Service
ssm-els SecurSight Event Logging Server (SSL)
ssmc Sepehr System Management Control
ssmd Sepehr System Management Data
ssmpp Secure SMPP
sso-control SSO Control
sso-service SSO Service
ssowatch ssowatch
ssp State Sync Protocol
ssp-client Secure Server Protocol - client
ssports-bcast STATSports Broadcast Service
ssql Scalable SQL
ssr-servermgr SSRServerMgr
ssrip Swith to Swith Routing Information Protocol
ssslic-mgr License Validation
ssslog-mgr Log Request Listener
sst SCSI on ST
sstp-1 Sakura Script Transfer Protocol
sstp-2 Sakura Script Transfer Protocol-2
sstsys-lm sstsys-lm
stanag-5066 STANAG-5066-SUBNET-INTF
starbot Starbot
starfield-io Control commands and responses
starfish Starfish System Admin
stargatealerts stargatealerts
starquiz-port starQuiz Port
stars Global Maintech Stars
starschool starSchool
start-network Start Messaging Network
startron STARTRON
stat-cc STAT Command Center
stat-results STAT Results
stat-scanner STAT Scanner Control
statsci1-lm StatSci License Manager - 1
statsci2-lm StatSci License Manager - 2
statsrv Statistics Service
statusd StatusD
stdptc Standard Protocol
ste-smsc ste-smsc
stgxfws STGXFWS
sti-envision STI Envision
stm-pproc stm_pproc IANA assigned this well-formed service name as a replacement
stmf STMF
stone-design-1 stone-design-1
stonefalls STONEFALLS
storageos StorageOS REST API
storman StorMan
storview StorView Client
streamcomm-ds StreamComm User Directory
street-stream street-stream
streetperfect StreetPerfect
streettalk streettalk
streletz Argus-Spectr security and fire-prevention systems service
stresstester StressTester(tm) Injector
strexec-d Storix I/O daemon (data)
strexec-s Storix I/O daemon (stat)
stryker-com Stryker Comm Port
stss Senforce Session Services
stt stt
sttunnel Stateless Transport Tunneling Protocol
stun Session Traversal Utilities for NAT (STUN) port
stun-behavior STUN Behavior Discovery over TCP
stun-behaviors STUN Behavior Discovery over TLS
stun-p1 cisco STUN Priority 1 port
stun-p2 cisco STUN Priority 2 port
stun-p3 cisco STUN Priority 3 port
stun-port cisco serial tunnel port
stuns Session Traversal Utilities for NAT (STUN) port
stvp SmashTV Protocol
stx Stock IXChange
su-mit-tg SU/MIT Telnet Gateway
sua SUA
submission Message Submission
submissions Message Submission over TLS protocol
submit a service
submitserver a service
subntbcst-tftp SUBNTBCST_TFTP IANA assigned this well-formed service name as a
sugp Secure UP.Link Gateway Protocol
suitcase SUITCASE
suitjd SUITJD
sum Software Update Manager
sun-as-iiops Sun App Svr - Naming
sun-as-iiops-ca Sun App Svr-IIOPClntAuth
sun-as-jmxrmi Sun App Server - JMX/RMI
sun-as-jpda Sun AppSvr JPDA
sun-as-nodeagt Sun App Server - NA
sun-dr Sun DR
sun-lm Sun License Manager
sun-mc-grp Sun MC Group
sun-sea-port Solaris SEA Port
sun-sr-admin Service Registry Default Admin Domain
sun-sr-http Service Registry Default HTTP Domain
sun-sr-https Service Registry Default HTTPS Domain
sun-sr-iiop Service Registry Default IIOP Domain
sun-sr-iiop-aut Service Registry Default IIOPAuth Domain
sun-sr-iiops Service Registry Default IIOPS Domain
sun-sr-jms Service Registry Default JMS Domain
sun-sr-jmx Service Registry Default JMX Domain
sun-user-https Sun App Server - HTTPS
suncacao-csa sun cacao command-streaming access point
suncacao-jmxmp sun cacao JMX-remoting access point
suncacao-rmi sun cacao rmi registry access point
suncacao-snmp sun cacao snmp access point
suncacao-websvc sun cacao web service access point
sunclustergeo SunCluster Geographic
sunclustermgr Sun Cluster Manager
sunfm-port PL/B File Manager Port
sunlps-http Sun Local Patch Server
sunproxyadmin Sun Proxy Admin Service
sunrpc SUN Remote Procedure Call
sunscalar-dns SunSCALAR DNS Service
sunscalar-svc SunSCALAR Services
sunvts-rmi SunVTS RMI
sunwebadmin Sun Web Server Admin Service
sunwebadmins Sun Web Server SSL Admin Service
supdup SUPDUP
supercell Supercell
supermon Supermon
supportassist Dell SupportAssist data center management
sur-meas Survey Measurement
surebox SureBox
surf surf
surfcontrolcpa SurfControl CPA
surveyinst Survey Instrument
suucp UUCP over SSL
svbackup SuperVault Backup
svcloud SuperVault Cloud
svdrp Simple VDR Protocol
svdrp-disc Simple VDR Protocol Discovery
svn Subversion
svnet SpecView Networking
svnetworks SV Networks
svrloc Server Location
svs-omagent svs-omagent
sw-orion SolarWinds Orion
swa-1 Secure Web Access - 1
swa-2 Secure Web Access - 2
swa-3 Secure Web Access - 3
swa-4 Secure Web Access - 4
swarm RPC interface for Docker Swarm
swdtp Systemwalker Desktop Patrol
swdtp-sv Systemwalker Desktop Patrol
sweetware-apps SweetWARE Apps
swift-rvf Swift Remote Virtural File Protocol
swiftnet SwiftNet
swismgr1 swismgr1
swismgr2 swismgr2
swispol swispol
swistrap swistrap
swldy-sias swldy-sias
swr-port SWR Port
swrmi swrmi
swtp-port1 SofaWare transport port 1
swtp-port2 SofaWare transport port 2
swx-gate Software Data Exchange Gateway
swxadmin ShopWorX Administration
sxmp Simple Extensible Multiplexed Protocol
sxuptp SXUPTP
syam-agent SyAM Agent Port
syam-smc SyAm SMC Service Port
syam-webserver Syam Web Server Port
sybase-sqlany Sybase SQL Any
sybaseanywhere Sybase Anywhere
sybasedbsynch SybaseDBSynch
sybasesrvmon Sybase Server Monitor
sychrond Sychron Service Daemon
symantec-sfdb Symantec Storage Foundation for Database
symantec-sim Symantec SIM
symb-sb-port Symbian Service Broker
symplex symplex
synapse Synapse Transport
synapse-nhttp Synapse Non Blocking HTTP
synapse-nhttps Synapse Non Blocking HTTPS
synapsis-edge Synapsis EDGE
sync-em7 EM7 Dynamic Updates
synchromesh Synchromesh
synchronet-db SynchroNet-db
synchronet-rtc SynchroNet-rtc
synchronet-upd SynchroNet-upd
synchronite Synchronite
syncserver SyncServer
syncserverssl Sync Server SSL
synctest Remote application control protocol
synel-data Synel Data Collection Port
synoptics-trap Trap Convention Port
synotics-broker SynOptics Port Broker Port
synotics-relay SynOptics SNMP Relay Port
sype-transport SYPECom Transport Protocol
syscomlan SYSCOMLAN
syserverremote SYserver remote commands
sysinfo-sp SysInfo Service Protocol
syslog a service
syslog-conn Reliable Syslog Service
syslog-tls Syslog over TLS
sysopt SYSOPT
sysorb SysOrb Monitoring Server
sysrqd sysrq daemon
sysscanner Sys Scanner
systat Active Users
system-monitor System Monitor
systemics-sox Systemics Sox
t1-e1-over-ip T1_E1_Over_IP
t128-gateway T.128 Gateway
t1distproc t1distproc
t1distproc60 T1 Distributed Processor
t2-brm Tier 2 Business Rules Manager
t2-drm Tier 2 Data Resource Manager
t5-straton Straton Runtime Programing
tabula Tabula
tacacs Login Host Protocol (TACACS)
tacacs-ds TACACS-Database Service
tacacss TLS Secure Login Host Protocol (TACACSS)
tacnews TAC News
tacticalauth Tactical Auth
taep-as-svc TAEP AS service
tag-pm Advantage Group Port Mgr
tag-ups-1 Advantage Group UPS Suite
taiclock TAICLOCK
tal-pod tal-pod
talarian-mcast1 Talarian Mcast
talarian-mcast2 Talarian Mcast
talarian-mcast3 Talarian Mcast
talarian-mcast4 Talarian Mcast
talarian-mcast5 Talarian Mcast
talarian-mqs Talarian MQS
talarian-tcp Talarian_TCP
talarian-udp Talarian_UDP
taligent-lm Taligent License Manager
talikaserver Talika Main Server
talk like tenex link, but across machine - unfortunately, doesn't use link
talnet TALNET
talon-disc Talon Discovery Port
talon-engine Talon Engine
talon-webserver Talon Webserver
tambora TAMBORA
tams TAMS
tapestry Tapestry
tapeware Yosemite Tech Tapeware
tappi-boxnet TAPPI BoxNet
tarantella Tarantella
tarantool Tarantool in-memory computing platform
targus-getdata TARGUS GetData
targus-getdata1 TARGUS GetData 1
targus-getdata2 TARGUS GetData 2
targus-getdata3 TARGUS GetData 3
tarp Transitory Application Request Protocol
taserver TeamAgenda Server Port
taskman-port taskman port
taskmaster2000 TaskMaster 2000 Server
tasp-net TASP Network Comm
taurus-wh taurus-wh
tbrpf TBRPF
tcc-http TCC User HTTP Service
tcim-control TCIM Control
tclprodebugger TCL Pro Debugger
tcoaddressbook TCO Address Book
tcoflashagent TCO Flash Agent
tcoregagent TCO Reg Agent
tcp-id-port cisco identification port
tcpdataserver ThorGuard Server Port
tcpmux TCP Port Service Multiplexer
tcpnethaspsrv tcpnethaspsrv
td-postman Tobit David Postman VPMN
td-replica Tobit David Replica
td-service Tobit David Service Layer
tdaccess TDAccess
tdmoip TDM OVER IP
tdp-suite TDP Suite
teamcoherence QSC Team Coherence
tec5-sdctp tec5 Spectral Device Control Protocol
teedtap TEEDTAP
tekpls tekpls
telaconsole TELACONSOLE
telefinder Telefinder
telelpathattack TelepathAttack
telelpathstart TelepathStart
teleniumdaemon Telenium Daemon IF
telesis-licman Telesis Network License Manager
telindus TELINDUS
tell send
tellumat-nms Tellumat MDR NMS
telnet Telnet
telnetcpcd Telnet Com Port Control
telnets telnet protocol over TLS/SSL
telops-lmd telops-lmd
tempest-port Tempest Protocol Port
tempo newdate
tenfold TenFold
tentacle Tentacle Server
terabase Terabase
teradataordbms Teradata ORDBMS
teredo Teredo Port
terminaldb a service
tesla-sys-msg TESLA System Messaging
tetrinet TetriNET Protocol
texai Texai Message Service
texar Texar Security Port
tftp Trivial File Transfer
tftp-mcast tftp-mcast
tftps TFTP over TLS
tgcconnect TGCConnect Beacon
tgp TrulyGlobal Protocol
thermo-calc Management of service nodes in a processing grid for thermodynamic
theta-lm Theta License Manager (Rainbow)
thingkit thingkit secure mesh
thor-engine thor/server - ML engine
thrp Teran Hybrid Routing Protocol
thrtx Imperfect Networks Server
tht-treasure ThoughtTreasure
tibet-server TIBET Data Server
tibsd TiBS Service
ticf-1 Transport Independent Convergence for FNA
ticf-2 Transport Independent Convergence for FNA
tick-port Press-sense Tick Port
tidp Threat Information Distribution Protocol
tiepie TiePie engineering data acquisition
tiepie-disc TiePie engineering data acquisition (discovery)
tig TetraNode Ip Gateway
tigv2 Rohill TetraNode Ip Gateway v2
tile-ml Tile remote machine learning
timbuktu Timbuktu
timbuktu-srv1 Timbuktu Service 1 Port
timbuktu-srv2 Timbuktu Service 2 Port
timbuktu-srv3 Timbuktu Service 3 Port
timbuktu-srv4 Timbuktu Service 4 Port
time Time
timed timeserver
timeflies TimeFlies
timelot Timelot Port
timestenbroker TimesTen Broker Port
tinc TINC
tinymessage TinyMessage
tip-app-server TIP Application Server
tip2 TIP 2
tipc Transparent Inter Process Communication
tivoconnect TiVoConnect Beacon
tivoli-npm Tivoli NPM
tksocket TK Socket
tl-ipcproxy Translattice Cluster IPC Proxy
tl1 TL1
tl1-lv TL1-LV
tl1-raw TL1-RAW
tl1-raw-ssl TL1 Raw Over SSL/TLS
tl1-ssh TL1 over SSH
tl1-telnet TL1-TELNET
tlisrv oracle
tmesis-upshot TMESIS-UPShot
tmi Transport Management Interface
tmo-icon-sync T-Mobile SMS Protocol Message 2
tmophl7mts TMOP HL7 Message Transfer Service
tmosms0 T-Mobile SMS Protocol Message 0
tmosms1 T-Mobile SMS Protocol Message 1
tn-timing TN Timing
tn-tl-fd1 tn-tl-fd1
tn-tl-fd2 tn-tl-fd2
tn-tl-r1 tn-tl-r1
tn-tl-r2 tn-tl-r2
tn-tl-w1 tn-tl-w1
tn-tl-w2 tn-tl-w2
tnetos NEC Corporation
tnmpv2 Trivial Network Management
tnos-dp TNOS shell Protocol
tnos-dps TNOS Secure DiaguardProtocol
tnos-sp TNOS Service Protocol
tnp Thin(ium) Network Protocol
tnp-discover Thin(ium) Network Protocol
tnp1-port TNP1 User Port
tns-adv TNS ADV
tns-cml TNS CML
tns-server TNS Server
toad TOAD
toad-bi-appsrvr Toad BI Application Server
tolfab TOLfab Data Change
tolteces Toltec EasyShare
tomato-springs Tomato Springs
tonidods Tonido Domain Server
topflow TopFlow
topflow-ssl TopFlow SSL
topovista-data TopoVista elevation data
topx TOP/X
touchnetplus TouchNetPlus Service
tpcsrvr IBM Total Productivity Center Server
tpdu Hypercom TPDU
tpip TPIP
tpmd TPortMapperReq
tqdata tqdata
tr-rsrb-p1 cisco RSRB Priority 1 port
tr-rsrb-p2 cisco RSRB Priority 2 port
tr-rsrb-p3 cisco RSRB Priority 3 port
tr-rsrb-port cisco Remote SRB port
traceroute traceroute use
track Track
tragic Tragic
traingpsdata GPS Data transmitted from train to ground network
tram TRAM
transact TransAct
transmit-port Marimba Transmitter Port
trap TRAP Port
trap-daemon text relay-answer
trap-port Trap Port
trap-port-mom Trap Port MOM
traversal boundary traversal
travsoft-ipx-t Travsoft IPX Tunnel
trc-netpoll TRC Netpoll
trdp-md Train Realtime Data Protocol (TRDP) Message Data
trdp-pd Train Realtime Data Protocol (TRDP) Process Data
treehopper Tree Hopper Networking
trendchip-dcp Trendchip control protocol
tributary Tributary
trident-data Trident Systems Data
trim TRIM Workgroup Service
trim-event TRIM Event Service
trim-ice TRIM ICE Service
trinity-dist Trinity Trust Network Node Communication
trinket-agent Distributed artificial intelligence
triomotion Trio Motion Control Port
trip TRIP
tripe Trivial IP Encryption (TrIPE)
tripwire TRIPWIRE
triquest-lm triquest-lm
trisoap Trigence AE Soap Service
trispen-sra Trispen Secure Remote Access
tritium-can Tritium CAN Bus Bridge Service
trivnet1 TRIVNET
trivnet2 TRIVNET
trnsprntproxy Trnsprnt Proxy
troff a service
trp Talari Reliable Protocol
truckstar TruckStar Service
truecm truecm
trueconf TrueConf Videoconference Service
trusted-web Trusted Web
trustestablish Trust Establish
tsa Tofino Security Appliance
tsaf tsaf port
tsb TSB
tsb2 TSB2
tscchat TSCCHAT
tsdos390 tsdos390
tsepisp TSEP Installation Service Protocol
tserver Computer Supported Telecomunication Applications
tsilb TSILB
tsp Tunnel Setup Protocol
tsrmagt Old Tivoli Storage Manager
tsspmap tsspmap
ttat3lb Tarantella Load Balancing
ttc Oracle TTC
ttc-etap TTC ETAP
ttc-etap-ds TTCs Enterprise Test Access Protocol - DS
ttc-etap-ns TTCs Enterprise Test Access Protocol - NS
ttc-ssl Oracle TTC SSL
ttcmremotectrl TTCM Remote Controll
ttg-protocol TTG Protocol
ttl-publisher TTL Publisher
ttlpriceproxy TTL Price Proxy
ttnrepository TTNRepository
ttntspauto TSP Automation
ttyinfo a service
tunalyzer Wildbits Tunalyzer
tunatic Wildbits Tunatic
tungsten-http WSO2 Tungsten HTTP
tungsten-https WSO2 Tungsten HTTPS
tunnel TUNNEL
tunstall-lwp Tunstall Lone worker device interface
tunstall-pnc Tunstall PNC
turbonote-1 TurboNote Default Port
turbonote-2 TurboNote Relay Server Default Port
turn TURN over TCP
turns TURN over TLS
tvbus TvBus Messaging
tvdumtray-port TVDUM Tray Port
tve-announce TVE Announce
tvnetworkvideo TV NetworkVideo Data port
tvpm TVNC Pro Multiplexing
tw-auth-key TW Authentication/Key Distribution and
twamp-control TWAMP-Control
twamp-test TWAMP-Test Receiver Port
twcss 2Wire CSS
twds Transaction Warehouse Data Service
twrpc 2Wire RPC
twsdss Trusted Web Client
u-dbap U-DBase Access Protocol
ua-secureagent UserAuthority SecureAgent
uaac UAAC Protocol
uacs UACS
uadtc UADTC
uaiact Universal Analytics
uarps Unisys ARPs
ub-dns-control unbound dns nameserver control
ubroker Universal Broker
ubxd Ubiquinox Daemon
ucentric-ds ucentric-ds
ucontrol Ultimate Control communication protocol
ucs-isc Oracle Unified Communication Suite's Indexed Search Converter
udp-sr-port udp-sr-port
udpradio udpradio
udpstp UDP-based IP-Layer Capacity and Performance Measurement protocol
udrawgraph uDraw(Graph)
udrive UDRIVE
udt-os udt_os IANA assigned this well-formed service name as a replacement
uec Stonebranch Universal Enterprise Controller
uet Ultra Ethernet Transport
ufastro-instr UF Astro. Instr. Services
ufmp Unified Fabric Management Protocol
uis UIS
ulistproc ListProcessor
ulp ULP
ulpnet ulpnet
ultimad ultimad
ultrabac UltraBac Software communications port
ultraseek-http Ultraseek HTTP
ultrex Ultrex
uma Universal Management Architecture
umm-port Universal Message Manager
ums User Management Service
umsp UMSP
unbind-cluster UNBIND-CLUSTER
undo-lm Undo License Manager
unet Unet Connection
unglue UNIX Nt Glue
unicall UNICALL
unicontrol UniControl
unidata-ldm Unidata LDM
unieng Steltor's calendar access
unified-bus IP Routable Unified Bus
unify Unify
unify-adapter Unify Web Adapter Service
unify-debug Unify Debugger
unifyadmin Unify Admin
unihub-server UniHub Server
unikeypro NetUniKeyServer
unimobilectrl UNIMOBILECTRL
uniport UniPort SSO Controller
unisql UniSQL
unisql-java UniSQL Java
unisys-eportal Unisys ClearPath ePortal
unisys-lm Unisys Natural Language License Manager
unite Unified IP & Telecom Environment
univ-appserver Universal App Server
universe-suite UNIVERSE SUITE MESSAGE SERVICE IANA assigned this well-formed service
univision UniVision
unix-status unix-status
unizensus Unizensus Login Server
unot UNOT
uohost Unify Object Host
uorb Unify Object Broker
updog Updog Monitoring and Status Framework
upgrade Upgrade Protocol
upnotifyp UPNOTIFYP
upnotifyps UPNOTIFYPS
ups Uninterruptible Power Supply
ups-engine UPS Engine Port
ups-onlinet onlinet uninterruptable power supplies
upsnotifyprot Upsnotifyprot
upstriggervsw VSW Upstrigger port
urbisnet URBISNET
urd URL Rendezvous Directory for SSM
urld-port URL Daemon Port
urm Cray Unified Resource Manager
urp Uniform Resource Platform
us-cli Utilistor (Client)
us-gv Unix Shell to GlobalView
us-srv Utilistor (Server)
user-manager Fujitsu User Manager
usicontentpush USI Content Push Service
utcd Universal Time daemon (utcd)
utime unixtime
utmpcd UTMPCD
utmpsd UTMPSD
utsftp UTS FTP
uucp uucpd
uucp-path UUCP Path Service
uucp-rlogin uucp-rlogin
uuidgen UUIDGEN
v-one-spp V-ONE Single Port Proxy
v2g-secc v2g Supply Equipment Communication Controller Discovery Protocol
v5ua V5UA application port
va-pacbase VisualAge Pacbase server
vacdsm-app VACDSM-APP
vacdsm-sws VACDSM-SWS
vad Veritas Application Director
valisys-lm Valisys License Manager
vantronix-mgmt .vantronix Management
vaprtm VAP RealTime Messenger
varadero-0 Varadero-0
varadero-1 Varadero-1
varadero-2 Varadero-2
vat VAT default data
vat-control VAT default control
vatata Vatata Peer to Peer Protocol
vatp Velneo Application Transfer Protocol
vaultbase vaultbase
vce Viral Computing Environment (VCE)
vchat VChat Conference Service
vcmp VeloCloud MultiPath Protocol
vcnet-link-v10 VCnet-Link v10
vcom-tunnel VCOM Tunnel
vcrp Very simple chatroom prot
vcs-app VCS Application
vcscmd Veritas Cluster Server Command Server
vdab data interchange between visual processing containers
vdmmesh Manufacturing Execution Systems Mesh Communication
vdmmesh-disc Manufacturing Execution Systems Mesh Communication
vdmplay vdmplay
vemmi VEMMI
ventoso Bidirectional single port remote radio VOIP and Control stream
venus venus
venus-se venus-se
veracity Veracity
vergencecm Vergence CM
verismart Verismart
veritas-pbx VERITAS Private Branch Exchange IANA assigned this well-formed service
veritas-tcp1 Veritas TCP1
veritas-ucl VERITAS UNIVERSAL COMMUNICATION LAYER
veritas-udp1 Veritas UDP1
veritas-vis1 VERITAS VIS1
veritas-vis2 VERITAS VIS2
veroce veRoCE Transport Protocol
veronica Veronica
versa-tek VersaTek
versatalk versaTalk Server Port
versiera Versiera Agent Listener
vestasdlp Vestas Data Layer Protocol
vettcp vettcp
vfbp Viscount Freedom Bridge Protocol
vfbp-disc Viscount Freedom Bridge Discovery
vfmobile Ventureforth Mobile
vfo VFO
vhd VHD
vid a service
video-activmail Video Active Mail
videobeans videobeans
videotex videotex
videte-cipc Videte CIPC Port
vidigo VidiGo communication (previous was: Delta Solutions Direct)
vids-avtp VIDS-AVTP
vieo-fe VIEO Fabric Executive
vinainstall VinaInstall
vipera Vipera Messaging Service
vipera-ssl Vipera Messaging Service over SSL Communication
vipremoteagent Vigil-IP RemoteAgent
virprot-lm Virtual Prototypes License Manager
virtual-places Virtual Places Software
virtual-time Virtual Time
virtualtape Virtual Tape
virtualuser VIRTUALUSER
visd VERITAS Information Serve
visinet-gui Visinet Gui
vision-elmd vision_elmd IANA assigned this well-formed service name as a
vision-mon FORT Vision Monitoring platform
vision-mon-disc FORT Vision Monitoring platform
vision-server vision_server IANA assigned this well-formed service name as a
visionpyramid VisionPyramid
visitview Visit view
vista-4gl Vista 4GL
vistium-share vistium-share
visweather Valley Information Systems Weather station data
vitalanalysis Vital Analysis
viziblebrowser VizibleBrowser
vlsi-lm VLSI License Manager
vmnet VMNET
vmodem VMODEM
vmpwscs VM PWSCS
vmrdp Microsoft RDP for virtual machines
vmsvc Vormetric service
vmsvc-2 Vormetric Service II
vmware-fdm VMware Fault Domain Manager
vnas vnas
vnetd Veritas Network Utility
vns-tp Virtualized Network Services Tunnel Protocol
vnsstr VNSSTR
vnwk-prapi vnwk-prapi
vnyx VNYX Primary Port
vocaltec-admin Vocaltec Server Administration
vocaltec-gold Vocaltec Global Online Directory
vocaltec-hos Vocaltec Address Server
vocaltec-phone Vocaltec Internet Phone
vocaltec-wconf Vocaltec Web Conference
vofr-gateway VoFR Gateway
voispeed-port VoiSpeed Port
volley Volley
vop Versile Object Protocol
vopied VOPIED Protocol
voxelstorm VoxelStorm game server
vp2p Virtual Point to Point
vpa Virtual Protocol Adapter
vpa-disc Virtual Protocol Adapter Discovery
vpac Virtual Places Audio control
vpad Virtual Places Audio data
vpjp VPJP
vpm-udp Vishay PM UDP Service
vpnz VPNz
vpp Virtual Presence Protocol
vpps-qua VPPS-QUA
vpps-via VPPS Via
vpsipport VPSIPPORT
vpvc Virtual Places Video control
vpvd Virtual Places Video data
vqp VQP
vrace Virtual Racing Service
vrcommerce VR Commerce
vrmg-ip Verimag mobile class protocol over TCP
vroa Children's hearing test/Telemedicine
vrpn VR Peripheral Network
vrt VITA Radio Transport
vrtl-vmf-ds Vertel VMF DS
vrtl-vmf-sa Vertel VMF SA
vrtp VRTP - ViRtue Transfer Protocol
vrts-at-port VERITAS Authentication Service
vrts-auth-port VERITAS Authorization Service
vrts-ipcserver vrts-ipcserver
vrts-registry VRTS Registry
vrts-tdd Veritas Traffic Director
vrtstrapserver Veritas Trap Server
vrxpservman Multum Service Manager
vs-server VS Server
vsaiport VSAI PORT
vsamredirector VSAM Redirector
vsat-control Gilat VSAT Control
vscp Very Simple Ctrl Protocol
vseconnector VSECONNECTOR
vsi-omega VSI Omega
vsiadmin VSI Admin
vsinet vsinet
vsixml vsixml
vslmp VSLMP
vsnm-agent VSNM Agent
vspread VSPREAD
vstat VSTAT
vt-ssl Virtual Token SSL Port
vtp Vidder Tunnel Protocol
vtr-emulator MTI VTR Emulator port
vts-rpc Visual Tag System RPC
vtsas VersaTrans Server Agent Service
vtu-comms VTU data service
vulture Vulture Monitoring System
vvr-control VVR Control
vvr-data VVR DATA
vx-auth-port Veritas Authentication Port
vxcrnbuport VxCR NBU Default Port
vxlan Virtual eXtensible Local Area Network (VXLAN)
vxlan-gpe Generic Protocol Extension for Virtual eXtensible Local Area Network
vytalvaultbrtp vytalvaultbrtp
vytalvaultpipe vytalvaultpipe
vytalvaultvsmp vytalvaultvsmp
waascluster Cisco WAAS Cluster Protocol
wacp Wyrnix AIS port
wafs Wide Area File Services
wag-service Wag Service
wago-io-system WAGO-IO-SYSTEM
wago-service WAGO Service and Update
wanscaler WANScaler Communication Service
wap-push WAP PUSH
wap-push-http WAP Push OTA-HTTP port
wap-push-https WAP Push OTA-HTTP secure
wap-pushsecure WAP PUSH SECURE
wap-vcal WAP vCal
wap-vcal-s WAP vCal Secure
wap-vcard WAP vCard
wap-vcard-s WAP vCard Secure
wap-wsp WAP connectionless session service
wap-wsp-s WAP secure connectionless session service
wap-wsp-wtp WAP session service
wap-wsp-wtp-s WAP secure session service
warehouse Warehouse Monitoring Syst
warehouse-sss Warehouse Monitoring Syst SSS
warmspotmgmt Warmspot Management Protocol
warmux WarMUX game server
warppipe I/O oriented cluster computing software
watchdoc Watchdoc Server
watchdoc-pod Watchdoc NetPOD Protocol
watchdog-nt WatchDog NT Protocol
watchme-7272 WatchMe Monitoring 7272
watcomdebug Watcom Debug
watershed-lm Watershed License Manager
watilapp WATiLaPP
wbem-exp-https WBEM Export HTTPS
wbem-http WBEM CIM-XML (HTTP)
wbem-https WBEM CIM-XML (HTTPS)
wbem-rmi WBEM RMI
wcbackup Windows Client Backup
wcpp Woven Control Plane Protocol
wcr-remlib WordCruncher Remote Library Service
weandsf WeFi Access Network Discovery and Selection Function
weave Nest device-to-device and device-to-service application protocol
web2host web2host
webaccess webaccess
webadmstart Start web admin server
webdata webData
webemshttp webemshttp
weblogin Weblogin Port
webmachine WebMachine
webmail-2 WebMail/2
webmethods-b2b WEBMETHODS B2B
webobjects Web Objects
webphone webphone
webpush HTTP Web Push
websm WebSM
websnp Snarl Network Protocol over HTTP
websphere-snmp WebSphere SNMP
webster a service
webtie WebTIE
webyast WebYast
wello Wello P2P pubsub service
westec-connect Westec Connect
westell-stats westell stats
wfc Web Fresh Communication
wfm Servigistics WFM server
wfremotertm WebFilter Remote Monitor
wg-endpt-comms WatchGuard Endpoint Communications
wg-netforce WG NetForce
wherehoo WHEREHOO
whisker WhiskerControl main port
who maintains data bases showing who's logged in to machines on a local
whoami whoami
whoispp whois++ IANA assigned this well-formed service name as a replacement
whosells whosells
whosockami a service
wibukey WibuKey Standard WkLan
wiegand Physical Access Control
wifree WiFree Service
wilkenlistener wilkenListener
willy Willy
wimaxasncp WiMAX ASN Control Plane Protocol
wimd Instant Messaging Service
wimsic WIMSIC
windb WinDb
winddlb WinDD
winddx winddx
windlm Wind River Systems License Manager
windream windream Admin
winfs Microsoft Windows Filesystem
wininstall-ipc WinINSTALL IPC Port
winjaserver WinJaServer
winpcs WinPCS Service Connection
winpharaoh WinPharaoh
winpoplanmess Winpopup LAN Messenger
winport WINPort
winqedit winqedit
winrm Windows Remote Management Service
wins Microsoft's Windows Internet Name Service
winshadow winShadow
winshadow-hd winShadow Host Discovery
wip-port BroadCloud WIP Port
wired Wired
witsnet Wire and Wireless transfer on synchroniz
wizard curry
wkars wkars
wkstn-mon WKSTN-MON
wlanauth WLAN AS server
wlbs WLBS
wlcp Wireless LAN Control plane Protocol (WLCP)
wmc-log-svc WMC-log-svr
wmedistribution WorldMailExpress
wmereceiving WorldMailExpress
wmereporting WorldMailExpress
wmlserver Meier-Phelps License Server
wms-messenger WMS Messenger
wnn6 wnn6
wnn6-ds wnn6-ds
workflow WORKFLOW
workflowdir Workflow Director Communication
world-lm World License Manager
worldfusion1 World Fusion 1
worldfusion2 World Fusion 2
worldscores WorldScores
wpages a service
wpgs a service
wpl-analytics World Programming analytics
wpl-disc World Programming analytics discovery
writesrv writesrv
wrs-registry WRS Registry IANA assigned this well-formed service name as a
wrspice WRspice IPC Service
ws-discovery Web Service Discovery
wsdapi Web Services for Devices
wsdapi-s WS for Devices Secured
wsdl-event WSDL Event Receiver
wsicopy WSICOPY
wsm-server wsm server
wsm-server-ssl wsm server ssl
wsman WBEM WS-Management HTTP
wsmans WBEM WS-Management HTTP over TLS/SSL
wsmlb Remote System Manager
wso2esb-console WSO2 ESB Administration Console HTTPS
wspipe adWISE Pipe
wssauthsvc WSS Security Service
wsscomfrmwk Windows WSS Communication Framework
wsynch Web Synchronous Services
wta-wsp-s WTA WSP-S
wta-wsp-wtp-s WTA-WSP-WTP-S
wtmi-panel Main access port for WTMI Panel
wusage Wusage
wv-csp-sms WV CSP SMS Binding
wv-csp-sms-cir WV CSP SMS CIR Channel
wv-csp-udp-cir WV CSP UDP/IP CIR Channel
wwiotalk WWIOTALK
www World Wide Web HTTP
www-dev world wide web - development
www-http World Wide Web HTTP
www-ldap-gw www-ldap-gw
wxbrief WeatherBrief Direct
wysdma WysDM Agent
wysdmc WysDM Controller
x-bone-api X-Bone API
x-bone-ctl X-Bone CTL
x2-control X2-Control Plane (3GPP)
x25-svc-port cisco X.25 service (XOT)
x2e-disc X2E service discovery protocol
x500ms OpenMail X.500 Directory Server
x510 The X.510 wrapper protocol
x9-icue X9 iCue Show Control
xaapi IBM LM Appl Agent
xact-backup xact-backup
xadmin Xadmin Control Service [Arin Huisken <xadmin&huisken-systems.nl> 15
xahaud Xahau P2P network protocol
xandros-cms Xandros Community Management Service
xap-ha Extensible Automation
xbox Xbox game port
xcap-control xcap code analysis portal cluster control and administration
xcap-portal xcap code analysis portal public user access
xcompute numerical systems messaging
xdas OpenXDAS Wire Protocol
xdmcp X Display Manager Control Protocol
xds XDS
xdsxdm a service
xdtp eXtensible Data Transfer Protocol
xecp-node XeCP Node Service
xfer XFER Utility
xfr XFR
xgrid Xgrid
xic Xic IPC Service
xiip XIIP
xingcsm xingcsm
xingmpeg xingmpeg
xinuexpansion1 a service
xinuexpansion2 a service
xinuexpansion3 a service
xinuexpansion4 a service
xinupageserver a service
xiostatus XIO Status
xk22 Remote Applicant Tracking Service
xkotodrcp xkoto DRCP
xmapi IBM LM MT Agent
xmcp eXtensible Messaging Client Protocol
xmlblaster xmlBlaster
xmlink-connect Eydeas XMLink Connect
xmlipcregsvc Xml-Ipc Server Reg
xmlrpc-beep XML-RPC over BEEP
xmltec-xmlmail xmltec-xmlmail
xmms2 Cross-platform Music Multiplexing System
xmpcr-interface XMPCR Interface Port
xmpp-bosh Bidirectional-streams Over Synchronous HTTP (BOSH)
xmpp-client XMPP Client Connection
xmpp-server XMPP Server Connection
xmpv7 OpenView DM xmpv7 api pipe
xmquery xmquery
xmsg xmsg
xn-control Xn Control Plane (3GPP)
xnds Xerox Network Document Scan Protocol
xnm-clear-text XML NM over TCP
xnm-ssl XML NM over SSL
xnmp xnmp
xns-auth XNS Authentication
xns-ch XNS Clearinghouse
xns-courier Xerox
xns-mail XNS Mail
xns-time XNS Time Protocol
xo-wave XO Wave Control Port
xoms X509 Objects Management Service
xoraya X2E Xoraya Multichannel protocol
xpanel XPanel Daemon
xpilot XPilot Contact Port
xpl xpl automation protocol
xplat-replicate Crossplatform replication protocol
xpra xpra network protocol
xprint-server Xprint Server
xprtld SF Message Service
xqosd XQoS network monitor
xribs a service
xrl XRL
xrpc-registry XRPC Registry
xrpl Community
xs-openstorage xs-openstorage
xserveraid Xserve RAID
xsip-network Five Across XSIP Network
xsmsvc XenSource Management Service
xss-port XSS Port
xss-srv-port XSS Server Port
xsync Xsync
xtgui xtgui information service
xtlserv XicTools License Manager Service
xtreamx XtreamX Supervised Peer message
xtrm xTrade Reliable Messaging
xtrms xTrade over TLS/SSL
xvttp xvttp
xw-control Xw-Control Plane (3GPP)
xxnetserver xxNETserver
xybrid-cloud XYBRID Cloud
xybrid-rt XYBRID RT Server
xycstatus xyClient Status API and rendevous point
xyplex-mux Xyplex
yawn YaWN - Yet Another Windows Notifier
yo-main Yo.net main service
z-wave Z-Wave Protocol
z-wave-s Z-Wave Protocol over SSL/TLS
z-wave-tunnel Z-Wave Secure Tunnel
z39-50 ANSI Z39.50 IANA assigned this well-formed service name as a
zabbix-agent Zabbix Agent
zabbix-trapper Zabbix Trapper
zannet Zannet
zarkov ZARKOV Intelligent Agent Communication
zen-pawn Primary Agent Work Notification
zenginkyo-1 zenginkyo-1
zenginkyo-2 zenginkyo-2
zented ZENworks Tiered Electronic Distribution
zep Encap. ZigBee Packets
zephyr-clt Zephyr serv-hm connection
zephyr-hm Zephyr hostmanager
zephyr-srv Zephyr server
zicom ZICOM
zieto-sock Zieto Socket Communications
zigbee-ip ZigBee IP Transport Service
zigbee-ips ZigBee IP Transport Secure Service
zion-lm Zion Software License Manager
zixi-transport Zixi live video transport protocol
zmp Zoran Media Port
zoomcp Zoom Control Panel Game Server Management
zre-disc Local area discovery and messaging over ZeroMQ
zsecure zSecure Server
zserv Zebra server
zymed-zpp ZYMED-ZPP
"""
